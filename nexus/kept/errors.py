"""Why nothing was kept, or put back."""


class CannotKeep(Exception):
    """A backup or a restore that was not done. The sentence says why, and what to do."""
