"""Buying credits, against a local server that speaks Stripe's API."""
