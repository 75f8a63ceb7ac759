"""The front desk: lets people in with Google's word, renews their sessions, and sees them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from nexus.accounts import joining, members, services, sessions, signin
from nexus.accounts.errors import ApprovalPending, InvalidIdentity, InvitationNeeded, MembershipRemoved
from nexus.accounts.google import Google, Person
from nexus.accounts.limits import FirstParty
from nexus.accounts.links import Links
from nexus.accounts.models import Client, UserStatus
from nexus.accounts.refresh_tokens import RefreshToken
from nexus.accounts.schemas import GoogleSignIn, OrganisationName, TokenPair, UserShown
from nexus.accounts.sessions import EndReason
from nexus.accounts.standing import NO_MEMBER, OVER
from nexus.accounts.tokens import AccessTokens, Claims
from nexus.audit import services as audit
from nexus.core.db import Database, SystemTx, Transaction, Tx
from nexus.core.errors import NotSignedIn

log = structlog.get_logger()


@dataclass(frozen=True)
class Secrets:
    """What the desk needs to know. `keys` are newest first; `web` is the web application."""

    keys: Sequence[str]
    web: FirstParty
    session_days: int
    web_url: str


class Desk:
    """Every way into the house, and out of it."""

    def __init__(
        self, db: Database, google: Google, tokens: AccessTokens, secrets: Secrets, welcome: signin.Welcome
    ) -> None:
        self._db = db
        self._google = google
        self._tokens = tokens
        self._secrets = secrets
        self._welcome = welcome
        self._links = Links(secrets.keys, secrets.web_url)

    async def sign_in(self, asked: GoogleSignIn) -> TokenPair:
        """Let in whoever the ID token speaks of. Raises InvalidIdentity, or why they may not come in."""
        client = self._client(asked.web_client_secret)
        hashes = None if asked.invitation is None else self._links.hashes(asked.invitation)
        person = await self._google.verify(asked.id_token, asked.nonce)
        return await self.let_in(person, client, hashes)

    async def let_in(self, person: Person, client: Client, invitation: Sequence[bytes] | None = None) -> TokenPair:
        """Find or make this person's place, by an invitation if they have one, and begin a session."""
        async with self._db.system() as tx:
            if invitation is None:
                entry = await signin.enter(tx, person, self._welcome)
            else:
                entry = await signin.enter_by_invitation(tx, person, invitation)
            token = None
            if entry.status is UserStatus.ACTIVE:
                token = await self._begin(tx, entry.organisation_id, entry.user_id, client)
        if token is None:
            raise _refusal(entry)
        log.info("session.started", org_id=str(entry.organisation_id), user_id=str(entry.user_id), client=client)
        async with self._db.transaction(entry.organisation_id) as mine:
            await sessions.keep_to_limit(mine, entry.organisation_id, entry.user_id)
            return await self._pair(mine, token, entry.user_id, client)

    async def read_offer(self, tx: Tx, organisation_id: UUID, user_id: UUID, invitation: str) -> joining.Offer:
        """What an invitation offers to somebody who is signed in. Raises what `joining.read_offer` does."""
        hashes = self._links.hashes(invitation)
        person = await services.read_user(tx, organisation_id, user_id)
        guest = joining.Guest(person.email, person.name, organisation_id, user_id, UserStatus.ACTIVE)
        async with self._db.system() as across:
            return await joining.read_offer(across, hashes, guest)

    async def accept(self, organisation_id: UUID, user_id: UUID, client: Client, invitation: str) -> TokenPair:
        """Move a member to where an invitation leads, and begin a session there. Raises what `joining.accept` does."""
        hashes = self._links.hashes(invitation)
        async with self._db.system() as tx:
            target = await joining.find(tx, hashes)
            await members.take_turns(tx, target, organisation_id)
            place = await joining.accept(
                tx, target, hashes, await joining.member_as_guest(tx, organisation_id, user_id)
            )
            token = await self._begin(tx, place.organisation_id, place.user_id, client)
            return await self._pair(tx, token, place.user_id, client)

    async def _begin(self, tx: SystemTx, organisation_id: UUID, user_id: UUID, client: Client) -> RefreshToken:
        issue = sessions.Issue(self._secrets.keys[0], self._secrets.session_days)
        token = await sessions.start(tx, organisation_id, user_id, client, issue)
        await _record(tx, "session.started", token, user_id, client=client)
        return token

    async def refresh(self, value: str) -> TokenPair:
        """Renew a session. A token that was used before, after its grace, ends it; one that was made up does not."""
        token = RefreshToken.parse(value)
        async with self._db.transaction(token.organisation_id) as tx:
            session = await sessions.find(tx, token.organisation_id, token.session_id)
            if session is not None and await self._is_no_member(tx, token, session):
                raise NotSignedIn("removed", NO_MEMBER)
            if session is None or not session.lasts:
                raise NotSignedIn("expired", OVER)
            successor = await sessions.renew(tx, session, token, self._secrets.keys)
            if successor is not None:
                return await self._pair(tx, successor, session.user_id, session.client)
            if not sessions.is_copy(session, token, self._secrets.keys):
                raise NotSignedIn("signature", "This refresh token is none of ours. Sign in again.")
            await sessions.end(tx, token.organisation_id, token.session_id, EndReason.REUSED)
            await _record(tx, "session.ended", token, session.user_id, reason=EndReason.REUSED)
        log.warning("session.reused", org_id=str(token.organisation_id), user_id=str(session.user_id))
        raise NotSignedIn("expired", f"This refresh token was used before. {OVER}")

    async def sign_out(self, value: str) -> None:
        """End a session. One that is over already stays over."""
        token = RefreshToken.parse(value)
        async with self._db.transaction(token.organisation_id) as tx:
            session = await sessions.find(tx, token.organisation_id, token.session_id)
            if session is None or not session.lasts:
                return
            if not sessions.knows(session, token):
                raise NotSignedIn("expired", f"This refresh token was used before. {OVER}")
            await sessions.end_own(tx, token.organisation_id, session.user_id, token.session_id)

    @staticmethod
    async def _is_no_member(tx: Tx, token: RefreshToken, session: Any) -> bool:
        if session.end_reason == EndReason.REMOVED:
            return True
        return await services.read_membership(tx, token.organisation_id, session.user_id) is None

    def _client(self, secret: str | None) -> Client:
        if secret is None:
            return Client.API
        if not self._secrets.web.is_it(secret):
            raise InvalidIdentity("The web client secret is wrong. Leave it out unless you are the web application.")
        return Client.WEB

    async def _pair(self, tx: Transaction, refresh: RefreshToken, user_id: UUID, client: str) -> TokenPair:
        organisation_id = refresh.organisation_id
        user = UserShown.model_validate(await services.read_user(tx, organisation_id, user_id))
        organisation = OrganisationName.model_validate(await services.read_organisation(tx, organisation_id))
        return TokenPair(
            access_token=self._tokens.make(Claims(organisation_id, user_id, client, refresh.session_id), user.role),
            refresh_token=str(refresh),
            expires_in=self._tokens.seconds,
            user=user,
            organisation=organisation,
        )


def _refusal(entry: signin.Entry) -> Exception:
    if entry.status is UserStatus.REMOVED:
        return MembershipRemoved()
    return ApprovalPending() if entry.status else InvitationNeeded()


async def _record(tx: Transaction, action: str, token: RefreshToken, user_id: UUID, **facts: object) -> None:
    await audit.record(tx, token.organisation_id, action, user_id=user_id, target=str(token.session_id), **facts)
