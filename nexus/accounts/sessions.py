"""
Sessions: a sign-in that can be renewed, until it ends. Every query filters by organisation_id.

A refresh token may be redeemed once. For a short grace the one before it answers with the same successor, because a
client may not have received the answer; after that, using it again is the sign of a copy, and the session ends. A
token that was never issued is the sign of nothing: it is refused, and the session goes on. With
a session its access tokens end too: each request looks whether the session lasts.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, update

from nexus.accounts.models import Client, Session
from nexus.accounts.refresh_tokens import RefreshToken
from nexus.audit import services as audit
from nexus.core.clock import now
from nexus.core.db import SystemTx, Tx
from nexus.core.errors import NotFound
from nexus.core.models import new_id
from nexus.core.paging import Asked, Slice, read_slice

GRACE_SECONDS = 15
MOST_SESSIONS = 100  # of one person that last at once: a program that signs in at every run does not fill the table


class EndReason(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    REUSED = "reused"
    CROWDED_OUT = "crowded_out"
    REMOVED = "removed"  # written by the database itself, when a person is no member any more


@dataclass(frozen=True)
class Issue:
    """How refresh tokens are issued: the key that makes them, and for how many days a session lasts at the most."""

    key: str
    days: int


async def start(tx: SystemTx, organisation_id: UUID, user_id: UUID, client: Client, issue: Issue) -> RefreshToken:
    """Begin a session; it ends after its days, however often it is renewed."""
    session_id = new_id()
    token = RefreshToken.first(organisation_id, session_id, issue.key)
    await tx.execute(
        insert(Session).values(
            organisation_id=organisation_id,
            id=session_id,
            user_id=user_id,
            client=client,
            current_hash=token.hash,
            expires_at=now() + timedelta(days=issue.days),
        )
    )
    return token


async def find(tx: Tx, organisation_id: UUID, session_id: UUID) -> Any:
    """The session, whether it `lasts` or not, held until this transaction ends."""
    return await tx.first(
        select(
            Session.user_id,
            Session.client,
            Session.current_hash,
            Session.previous_hash,
            Session.rotated_at,
            and_(Session.ended_at.is_(None), Session.expires_at > func.now()).label("lasts"),
            Session.end_reason,
        )
        .where(Session.organisation_id == organisation_id, Session.id == session_id)
        .with_for_update()
    )


async def list_sessions(tx: Tx, organisation_id: UUID, user_id: UUID, current: UUID | None, page: Asked) -> Slice:
    """The sessions of a person that last, newest first; `current` is the one that asks."""
    query = select(
        Session.id,
        Session.client,
        Session.created_at.label("started_at"),
        func.coalesce(Session.rotated_at, Session.created_at).label("last_used_at"),
        Session.expires_at,
        (Session.id == current).label("current"),
    ).where(
        Session.organisation_id == organisation_id,
        Session.user_id == user_id,
        Session.ended_at.is_(None),
        Session.expires_at > func.now(),
    )
    return await read_slice(tx, query, Session.id, page)


async def end_own(tx: Tx, organisation_id: UUID, user_id: UUID, session_id: UUID) -> None:
    """End a session of this person. Raises NotFound for anybody else's, and for one that is over."""
    if not await _end(tx, organisation_id, user_id, Session.id == session_id):
        raise NotFound
    await audit.record(tx, organisation_id, "session.ended", user_id=user_id, target=str(session_id))


async def end_all(tx: Tx, organisation_id: UUID, user_id: UUID) -> None:
    """End every session of this person: no token of theirs holds any more, wherever it is."""
    count = await _end(tx, organisation_id, user_id, Session.user_id == user_id)
    await audit.record(tx, organisation_id, "sessions.ended", user_id=user_id, target=str(user_id), count=count)


async def keep_to_limit(tx: Tx, organisation_id: UUID, user_id: UUID) -> None:
    """End those of a person's sessions that are too many: whichever were not renewed for longest."""
    too_many = (
        select(Session.id)
        .where(
            Session.organisation_id == organisation_id,
            Session.user_id == user_id,
            Session.ended_at.is_(None),
            Session.expires_at > func.now(),
        )
        .order_by(func.coalesce(Session.rotated_at, Session.created_at).desc(), Session.id.desc())
        .offset(MOST_SESSIONS)
    )
    await tx.execute(
        update(Session)
        .where(Session.organisation_id == organisation_id, Session.id.in_(too_many))
        .values(ended_at=func.now(), end_reason=EndReason.CROWDED_OUT)
    )


def is_copy(session: Any, token: RefreshToken, keys: Sequence[str]) -> bool:
    """Whether this is a token that the session had once, used again; one that was made up says nothing of it."""
    return knows(session, token) or token.was_issued(keys)


def knows(session: Any, token: RefreshToken) -> bool:
    """Whether this is the session's token, or the one before it."""
    hashes = (session.current_hash, session.previous_hash)
    return any(kept is not None and hmac.compare_digest(kept, token.hash) for kept in hashes)


async def renew(tx: Tx, session: Any, token: RefreshToken, keys: Sequence[str]) -> RefreshToken | None:
    """The successor of this token, or None when the token is an old one, or was made up."""
    if hmac.compare_digest(session.current_hash, token.hash):
        successor = token.successor(keys[0])
        await _rotate(tx, token.organisation_id, token.session_id, token.hash, successor.hash)
        return successor
    if session.previous_hash and hmac.compare_digest(session.previous_hash, token.hash):
        in_grace = now() - session.rotated_at < timedelta(seconds=GRACE_SECONDS)
        return token.successor_with_hash(keys, session.current_hash) if in_grace else None
    return None


async def end(tx: Tx, organisation_id: UUID, session_id: UUID, reason: EndReason) -> None:
    """End a session: neither its refresh tokens nor its access tokens hold any more."""
    await tx.execute(
        update(Session)
        .where(Session.organisation_id == organisation_id, Session.id == session_id, Session.ended_at.is_(None))
        .values(ended_at=func.now(), end_reason=reason)
    )


async def _end(tx: Tx, organisation_id: UUID, user_id: UUID, which: ColumnElement[bool]) -> int:
    """End those of a person's sessions that last still; how many."""
    return await tx.execute(
        update(Session)
        .where(
            Session.organisation_id == organisation_id,
            Session.user_id == user_id,
            Session.ended_at.is_(None),
            Session.expires_at > func.now(),
            which,
        )
        .values(ended_at=func.now(), end_reason=EndReason.SIGNED_OUT)
    )


async def _rotate(tx: Tx, organisation_id: UUID, session_id: UUID, previous: bytes, current: bytes) -> None:
    await tx.execute(
        update(Session)
        .where(Session.organisation_id == organisation_id, Session.id == session_id)
        .values(previous_hash=previous, current_hash=current, rotated_at=now())
    )
