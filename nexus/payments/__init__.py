"""Buying credits with Stripe: the only place that knows it."""
