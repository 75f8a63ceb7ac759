"""AI work, asked for now and done later."""
