"""
What the platform's letters say.

A letter goes out in the operator's name, so its subject is a constant, and what customers wrote stands in its text
alone, in quotation marks, on one line, and never as something that a mail reader makes a link of.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from nexus.accounts.models import Role

INVITATION_SUBJECT = "Invitation to join an organisation"
WAITING_SUBJECT = "Somebody is waiting to join your organisation"

INVITATION = """\
{inviter} invites you to join the organisation "{organisation}" as {role}.

To accept, open this link and sign in with the account {email}:

{url}

The link works for {days} days, and for this address only. The name of the organisation was chosen by its admins. If
you do not know them, ignore this letter: nothing happens unless you accept.
"""
WAITING = """\
{email} has signed in and is waiting for an admin of your organisation to approve them.

To approve or decline the request, open this address and choose Members:

{url}
"""
ROLES = {Role.ADMIN: "an admin", Role.MEMBER: "a member"}
LONGEST_NAME = 100  # characters of a name in a letter: enough to recognise it, too few for a message
SEPARATORS = {"Cc", "Zl", "Zp", "Zs"}
JOINS_A_LINK = re.compile(r"(?<=\S)[.。](?=\S)")


@dataclass(frozen=True)
class Invited:
    """What an invitation's letter tells: who invites whom where, for how long, by which link."""

    email: str
    role: Role
    inviter: Any
    organisation: Any
    url: str
    days: int


def invitation(told: Invited) -> str:
    """The text of an invitation. A domain that the identity provider vouches for is shown as it is."""
    named = told.organisation
    return INVITATION.format(
        inviter=f'"{plain(told.inviter.name)}" ({told.inviter.email})' if told.inviter.name else told.inviter.email,
        organisation=named.domain if named.name == named.domain else plain(named.name),
        role=ROLES[told.role],
        email=told.email,
        url=told.url,
        days=told.days,
    )


def waiting(email: str, web_url: str) -> str:
    """The text that tells an admin of somebody who waits to be let in."""
    return WAITING.format(email=email, url=web_url)


def plain(name: str) -> str:
    """A name on one line, without what cannot be seen, in which nothing is a link, an address or an encoded word."""
    shown = "".join(map(_shown, unicodedata.normalize("NFKC", name)))
    shown = " ".join(shown.split()).replace('"', "'")
    for found, instead in (("://", "[:]//"), ("@", "[at]"), ("=?", "= ?")):
        shown = shown.replace(found, instead)
    shown = JOINS_A_LINK.sub("[.]", shown)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[:LONGEST_NAME].rstrip()}…"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in SEPARATORS:
        return " "
    return "" if category.startswith("C") else character
