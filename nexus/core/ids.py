"""Ids as a path names them."""

from uuid import UUID

from nexus.core.errors import NotFound


def id_of(text: str) -> UUID:
    """The id that a path names. Raises NotFound for what cannot be one: it answers like one that nobody has."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
