"""The reception: makes the links of invitations and has them mailed, where there is a mail server."""

from functools import partial
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from nexus.accounts import invitations, services
from nexus.accounts.invitations import GOOD_FOR, Wanted
from nexus.accounts.links import Link, Links
from nexus.accounts.members import Acting
from nexus.accounts.models import Role
from nexus.accounts.postman import Letter, Postman
from nexus.core.db import Database, Tx
from nexus.core.errors import InvalidRequest

TEXT = """\
You are invited to join "{name}".

Open this link and sign in with the account of {email}:

{url}

The link is good for {days} days and for this address alone. If you do not know what this is about, do nothing.
"""


class Reception:
    """Invites people."""

    def __init__(self, db: Database, links: Links, postman: Postman, *, allow_test_domains: bool) -> None:
        self._db = db
        self._links = links
        self._postman = postman
        self._allow_test_domains = allow_test_domains

    async def invite(self, tx: Tx, admin: Acting, email: str, role: Role) -> tuple[Any, Link]:
        """A new invitation, and its link. Raises InvalidRequest, and what `invitations.invite` does."""
        link, mail = self._links.make(), self._postman.is_there
        made = await invitations.invite(tx, admin, Wanted(self._address(email), role), link.token_hash, mail=mail)
        await self._post(tx, admin.organisation_id, made, link)
        return made, link

    async def resend(self, tx: Tx, admin: Acting, invitation_id: str) -> tuple[Any, Link]:
        """The invitation with a new link; the old one is dead. Raises NotFound, InvitationOver."""
        link, mail = self._links.make(), self._postman.is_there
        made = await invitations.resend(tx, admin, invitation_id, link.token_hash, mail=mail)
        await self._post(tx, admin.organisation_id, made, link)
        return made, link

    async def _post(self, tx: Tx, organisation_id: UUID, made: Any, link: Link) -> None:
        """Have the link mailed, once this transaction has committed."""
        if not self._postman.is_there:
            return
        name = (await services.read_organisation(tx, organisation_id)).name
        text = TEXT.format(name=name, email=made.email, url=link.url, days=GOOD_FOR.days)
        sent = partial(self._note_mailed, organisation_id, made.id, link.token_hash)
        tx.afterwards(partial(self._postman.take, Letter(made.email, f"Invitation to {name}", text, sent)))

    async def _note_mailed(self, organisation_id: UUID, invitation_id: UUID, token_hash: bytes) -> None:
        async with self._db.transaction(organisation_id) as tx:
            await invitations.note_mailed(tx, organisation_id, invitation_id, token_hash)

    def _address(self, email: str) -> str:
        """An address as sign-in writes it, so that the two can be compared."""
        try:
            found = validate_email(email, check_deliverability=False, test_environment=self._allow_test_domains)
        except EmailNotValidError:
            raise InvalidRequest.of("email", "This is not an e-mail address.") from None
        return found.normalized.lower()
