"""From which address this request came: said once at the door, read where it is written down."""

from contextvars import ContextVar

LONGEST_ADDRESS = 64  # characters; an IPv6 address with a zone has fewer

_caller: ContextVar[str | None] = ContextVar("caller_address", default=None)


def note(address: str | None) -> None:
    """Remember it for as long as this request goes on."""
    _caller.set(address[:LONGEST_ADDRESS] if address else None)


def current() -> str | None:
    """The address of who is calling; None where nobody is, as in a worker."""
    return _caller.get()
