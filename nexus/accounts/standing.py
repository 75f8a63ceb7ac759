"""
What a caller may do now: read in the first statement of their request, so that whatever was taken away is gone at the
next request. Every query filters by organisation_id.

A token or a key only says whose it is. Whether its session or the key itself has ended, whether the person is still a
member and in which role, is read here, in one round trip.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement, ColumnElement, and_, bindparam, func, literal_column, or_, select

from nexus.accounts import services
from nexus.accounts.models import ApiKey, Client, Organisation, Role, Scope, Session, User, UserStatus
from nexus.accounts.tokens import Claims
from nexus.core.db import Alone, Tx, fixed
from nexus.core.errors import NotSignedIn

OVER = "This session is over. Sign in again."
NO_MEMBER = "You are no longer a member of this organisation."
ANOTHER_KEY = "Ask an admin of your organisation for another one."
UNKNOWN_KEY = f"This API key is none of ours, or was replaced long ago. {ANOTHER_KEY}"


def _of_session(*first: ColumnElement[bool]) -> ClauseElement:
    return (
        select(User.role, Organisation.caching, Organisation.rate_limit, Session.id.is_not(None).label("lasts"))
        .join(Organisation, Organisation.id == User.organisation_id)
        .outerjoin(
            Session,
            and_(
                Session.organisation_id == User.organisation_id,
                Session.id == bindparam("session"),
                Session.user_id == User.id,
                Session.ended_at.is_(None),
                Session.expires_at > func.now(),
            ),
        )
        .where(
            *first,
            User.organisation_id == bindparam("organisation"),
            User.id == bindparam("user"),
            User.status == fixed(UserStatus.ACTIVE),
        )
    )


def _of_key(*first: ColumnElement[bool]) -> ClauseElement:
    return (
        select(
            ApiKey.user_id,
            ApiKey.scopes,
            ApiKey.value_hash,
            ApiKey.previous_hash,
            ApiKey.expires_at,
            ApiKey.revoked_at,
            (ApiKey.expires_at <= func.now()).label("expired"),
            (ApiKey.previous_until > func.now()).label("overlaps"),
            or_(
                ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.now() - literal_column("interval '1 minute'")
            ).label("use_unwritten"),
            User.role,
            User.status,
            Organisation.caching,
            Organisation.rate_limit,
        )
        .join(User, and_(User.organisation_id == ApiKey.organisation_id, User.id == ApiKey.user_id))
        .join(Organisation, Organisation.id == ApiKey.organisation_id)
        .where(*first, ApiKey.organisation_id == bindparam("organisation"), ApiKey.id == bindparam("key"))
    )


OF_SESSION = Alone(_of_session)
OF_KEY = Alone(_of_key)


@dataclass(frozen=True)
class PresentedKey:
    """An API key that a request brought: which it is, and the hashes of the value that was sent, newest first."""

    organisation_id: UUID
    id: UUID
    hashes: tuple[bytes, ...]


@dataclass(frozen=True)
class KeyInUse:
    """The API key of a request that was let in."""

    id: UUID
    scopes: frozenset[Scope]
    expires_at: datetime | None
    use_unwritten: bool


@dataclass(frozen=True)
class Reader:
    """An admin who reads for longer than a request's transaction, and the session or API key that they came with."""

    organisation_id: UUID
    user_id: UUID
    session_id: UUID | None
    key_id: UUID | None


@dataclass(frozen=True)
class Standing:
    """Who is calling, what they may do, and what their organisation has chosen that matters to every request."""

    user_id: UUID
    role: Role
    client: str
    caching: bool
    rate_limit: int | None
    key: KeyInUse | None = None


async def of_session(tx: Tx, claims: Claims) -> Standing:
    """How whoever holds this token stands now. Raises NotSignedIn: no member any more, or the session is over."""
    row = await tx.look(OF_SESSION, user=claims.user_id, session=claims.session_id)
    if row is None:
        raise NotSignedIn("removed", NO_MEMBER)
    if not row["lasts"]:
        raise NotSignedIn("expired", OVER)
    return Standing(claims.user_id, Role(row["role"]), claims.client, row["caching"], row["rate_limit"])


async def of_key(tx: Tx, key: PresentedKey) -> Standing:
    """How whoever holds this key stands now. Raises NotSignedIn: revoked, replaced, expired, or nobody's any more."""
    row = await tx.look(OF_KEY, key=key.id)
    refused = _refusal(row, key.hashes)
    if row is None or refused:
        raise refused or NotSignedIn("signature", UNKNOWN_KEY)
    in_use = KeyInUse(key.id, frozenset(map(Scope, row["scopes"])), row["expires_at"], _wants_writing(row, key))
    return Standing(row["user_id"], Role(row["role"]), Client.API, row["caching"], row["rate_limit"], in_use)


async def must_be_admin_still(tx: Tx, admin: Reader) -> None:
    """Raise NotSignedIn once what they signed in with has ended, and NotAllowed once they are no admin any more."""
    table, which = (Session, admin.session_id) if admin.key_id is None else (ApiKey, admin.key_id)
    ended = Session.ended_at if table is Session else ApiKey.revoked_at
    lasts = await tx.scalar(
        select(table.id).where(
            table.organisation_id == admin.organisation_id,
            table.id == which,
            ended.is_(None),
            or_(table.expires_at.is_(None), table.expires_at > func.now()),
        )
    )
    if lasts is None:
        raise NotSignedIn("expired", OVER)
    await services.must_be_admin(tx, admin.organisation_id, admin.user_id)


def _refusal(row: Any, hashes: tuple[bytes, ...]) -> NotSignedIn | None:
    if row is None or not (_is(row["value_hash"], hashes) or _is(row["previous_hash"], hashes)):
        return NotSignedIn("signature", UNKNOWN_KEY)
    if row["status"] != UserStatus.ACTIVE:
        return NotSignedIn("removed", f"Whoever answers for this API key is no longer a member. {ANOTHER_KEY}")
    if row["revoked_at"] is not None:
        return NotSignedIn("removed", f"This API key was revoked. {ANOTHER_KEY}")
    if row["expired"]:
        return NotSignedIn("expired", f"This API key has expired. {ANOTHER_KEY}")
    if not _is(row["value_hash"], hashes) and not row["overlaps"]:
        return NotSignedIn("expired", "This API key was rotated, and its old value holds no longer. Use the new one.")
    return None


def _is(kept: bytes | None, hashes: tuple[bytes, ...]) -> bool:
    """Whether this is kept of the value, by whichever of our keys."""
    return kept is not None and any(hmac.compare_digest(kept, one) for one in hashes)


def _wants_writing(row: Any, key: PresentedKey) -> bool:
    """Whether the last use is older than a minute, or the value's hash is by an older key than our newest."""
    newest = hmac.compare_digest(row["value_hash"], key.hashes[0])
    return bool(row["use_unwritten"]) or (not newest and _is(row["value_hash"], key.hashes))
