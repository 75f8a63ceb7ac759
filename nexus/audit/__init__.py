"""Who did what: written by every domain, in the transaction that does it."""
