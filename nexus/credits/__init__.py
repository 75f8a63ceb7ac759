"""Credits: the balance, and the ledger that explains it."""
