"""Organisations, their people, how they sign in, and who is calling."""
