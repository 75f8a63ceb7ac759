"""Through a pooler in transaction mode: every transaction may get another connection to the server."""
