"""The AI work on offer: one file for each kind."""
