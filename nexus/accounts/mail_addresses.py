"""
E-mail addresses: read by one rule wherever one comes from, so that two spellings of one address are equal.

A domain beyond ASCII has two spellings, `bücher.example` and `xn--bcher-kva.example` (IDNA 2008, RFC 5890). An address
is kept and compared with the first, and leaves for a mail server with the second, which every server understands.
"""

from typing import Any

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

LONGEST = 254  # octets, RFC 5321 section 4.5.3.1.3 less the angle brackets; what is longer is not even parsed
ENCODED_WORD = "=?"  # begins an encoded word (RFC 2047), which a mail reader shows as something else than was sent


class UnsafeAddress(ValueError):
    """An address that must not stand in a header."""


def read_address(value: Any, *, allow_test_domains: bool) -> ValidatedEmail | None:
    """What this address is made of, or None if it is none."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    try:
        return validate_email(value, check_deliverability=False, test_environment=allow_test_domains)
    except EmailNotValidError:
        return None


def same_form(found: ValidatedEmail) -> str:
    """The form in which an address is kept and compared."""
    return found.normalized.lower()


def form_for_mail(address: str) -> str:
    """
    The form in which a kept address is given to a mail server: its domain in ASCII.

    Raises UnsafeAddress for one that a mail reader would show as another.
    """
    found = read_address(address, allow_test_domains=True)  # it was judged when it was taken
    if found is None or ENCODED_WORD in address:
        raise UnsafeAddress
    return f"{found.local_part}@{found.ascii_domain}"
