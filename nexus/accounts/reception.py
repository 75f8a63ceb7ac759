"""The reception: makes the links of invitations, and has letters mailed where there is a mail server."""

from functools import partial
from typing import Any
from uuid import UUID

from nexus.accounts import invitations, letters, services
from nexus.accounts.invitations import GOOD_FOR, Wanted
from nexus.accounts.links import Link, Links
from nexus.accounts.mail_addresses import ENCODED_WORD, read_address, same_form
from nexus.accounts.members import Acting
from nexus.accounts.models import MailError, Role
from nexus.accounts.postman import Letter, Postman
from nexus.core.db import Database, SystemTx, Tx
from nexus.core.errors import InvalidRequest

MOST_WAITING = 20  # people; an admin who was told of so many knows
MOST_TOLD = 10  # admins


class Reception:
    """Invites people, and tells admins of those who wait."""

    def __init__(self, db: Database, links: Links, postman: Postman, *, allow_test_domains: bool) -> None:
        self._db = db
        self._links = links
        self._postman = postman
        self._allow_test_domains = allow_test_domains

    async def invite(self, tx: Tx, admin: Acting, email: str, role: Role) -> tuple[Any, Link]:
        """A new invitation, and its link. Raises InvalidRequest, and what `invitations.invite` does."""
        link, mail = self._links.make(), self._postman.is_there
        made = await invitations.invite(tx, admin, Wanted(self._address(email), role), link.token_hash, mail=mail)
        await self._post(tx, admin, made, link)
        return made, link

    async def resend(self, tx: Tx, admin: Acting, invitation_id: str) -> tuple[Any, Link]:
        """The invitation with a new link; the old one is dead. Raises NotFound, InvitationOver."""
        link, mail = self._links.make(), self._postman.is_there
        made = await invitations.resend(tx, admin, invitation_id, link.token_hash, mail=mail)
        await self._post(tx, admin, made, link)
        return made, link

    async def tell_admins(self, tx: SystemTx, organisation_id: UUID, email: str) -> None:
        """Have the admins told that somebody with this address waits to be let in, once this has committed."""
        if not self._postman.is_there or await services.count_waiting(tx, organisation_id) > MOST_WAITING:
            return
        text = letters.waiting(email, self._links.web_url)
        for address in await services.list_admins(tx, organisation_id, MOST_TOLD):
            tx.afterwards(partial(self._postman.take, Letter(address, letters.WAITING_SUBJECT, text)))

    async def _post(self, tx: Tx, admin: Acting, made: Any, link: Link) -> None:
        """Have the link mailed, once this transaction has committed."""
        if not self._postman.is_there:
            return
        told = letters.Invited(
            email=made.email,
            role=Role(made.role),
            inviter=await services.read_user(tx, admin.organisation_id, admin.user_id),
            organisation=await services.read_organisation(tx, admin.organisation_id),
            url=link.url,
            days=GOOD_FOR.days,
        )
        done = partial(self._note_mailed, admin.organisation_id, made.id, link.token_hash)
        letter = Letter(made.email, letters.INVITATION_SUBJECT, letters.invitation(told), done)
        tx.afterwards(partial(self._postman.take, letter))

    async def _note_mailed(
        self, organisation_id: UUID, invitation_id: UUID, token_hash: bytes, error: MailError | None
    ) -> None:
        async with self._db.transaction(organisation_id) as tx:
            await invitations.note_mailed(tx, organisation_id, invitation_id, token_hash, error)

    def _address(self, email: str) -> str:
        """An address as sign-in writes it, so that the two can be compared."""
        found = read_address(email, allow_test_domains=self._allow_test_domains)
        if found is None:
            raise InvalidRequest.of("email", "This is not an e-mail address.")
        if ENCODED_WORD in found.local_part:
            raise InvalidRequest.of("email", "No letter can go to this address: `=?` stands before its @.")
        return same_form(found)
