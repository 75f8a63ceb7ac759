"""
API keys: made, listed, rotated, revoked. Every query filters by organisation_id, but for the one that finds out which
organisation a value belongs to.

A value is shown when it is made and never again. Nobody gets a value that may do more, or for longer, than whatever
they signed in with: a key that makes or rotates keys cannot raise itself. What a key has made ends with it: it holds no
longer than that, and the database revokes it with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, case, func, insert, or_, select, update

from nexus.accounts import key_values
from nexus.accounts.errors import ApiKeyExpired, TooManyApiKeys
from nexus.accounts.key_values import Hashes
from nexus.accounts.models import ApiKey, Organisation, Scope
from nexus.audit import services as audit
from nexus.core.clock import now
from nexus.core.db import SystemTx, Tx
from nexus.core.errors import NotAllowed, NotFound
from nexus.core.models import new_id
from nexus.core.paging import Asked, Slice, read_slice

MOST_KEYS = 50  # of an organisation
BEYOND = "An API key can neither make nor rotate a key that may do more than itself, or for longer. Sign in to do so."


@dataclass(frozen=True)
class Asker:
    """
    Who wants a value, and how far what they signed in with reaches: which scopes, and until when if it ends.

    `key_id` is the API key that they signed in with, if it was one.
    """

    organisation_id: UUID
    user_id: UUID
    scopes: frozenset[Scope]
    until: datetime | None
    key_id: UUID | None = None


class Wanted(NamedTuple):
    """A key as it is wanted. Without an end it holds until it is revoked."""

    name: str
    scopes: Sequence[Scope]
    expires_at: datetime | None


class Made(NamedTuple):
    """A key, and its value, which is nowhere else."""

    key: Any
    value: str


class Whose(NamedTuple):
    """Which key a value belongs to, and which organisation the key."""

    organisation_id: UUID
    id: UUID


async def find(tx: SystemTx, hashes: Sequence[bytes]) -> Whose | None:
    """Whose value this is, or None: the one question that is asked before the organisation is known."""
    row = await tx.first(
        select(ApiKey.organisation_id, ApiKey.id).where(
            or_(ApiKey.value_hash.in_(hashes), ApiKey.previous_hash.in_(hashes))
        )
    )
    return None if row is None else Whose(*row)


async def create(tx: Tx, asker: Asker, hashes: Hashes, wanted: Wanted) -> Made:
    """Make a key. Raises NotAllowed when it would reach further than the asker, or TooManyApiKeys."""
    _within_reach(asker, wanted.scopes, wanted.expires_at)
    await _leave_room(tx, asker.organisation_id)
    value, key_id, scopes = key_values.make(), new_id(), sorted(wanted.scopes)
    await tx.execute(
        insert(ApiKey).values(
            organisation_id=asker.organisation_id,
            id=key_id,
            user_id=asker.user_id,
            made_by_key_id=asker.key_id,
            name=wanted.name,
            scopes=scopes,
            prefix=value[: key_values.SHOWN],
            value_hash=hashes.of(value)[0],
            expires_at=wanted.expires_at,
        )
    )
    until = _text(wanted.expires_at)
    await _note(tx, asker, "api_key.created", key_id, scopes=scopes, expires_at=until)
    return Made(await read(tx, asker.organisation_id, key_id), value)


async def rotate(tx: Tx, asker: Asker, hashes: Hashes, key_id: UUID, overlap_seconds: int) -> Made:
    """
    Give a key a new value; the old one holds for so many seconds more, and the one before it no longer.

    The asker answers for the key from now on, and where they signed in with another key, it ends with that one. Raises
    NotFound, NotAllowed when the key reaches further than the asker, or ApiKeyExpired.
    """
    found = await read(tx, asker.organisation_id, key_id)
    _within_reach(asker, [Scope(scope) for scope in found.scopes], found.expires_at)
    if found.expires_at is not None and found.expires_at <= now():
        raise ApiKeyExpired
    value = key_values.make()
    await tx.execute(
        update(ApiKey)
        .where(ApiKey.organisation_id == asker.organisation_id, ApiKey.id == key_id)
        .values(
            user_id=asker.user_id,
            made_by_key_id=found.made_by_key_id if asker.key_id == key_id else asker.key_id,
            prefix=value[: key_values.SHOWN],
            value_hash=hashes.of(value)[0],
            previous_hash=ApiKey.value_hash if overlap_seconds else None,
            previous_until=func.now() + timedelta(seconds=overlap_seconds) if overlap_seconds else None,
            rotated_at=func.now(),
        )
    )
    taken_over = {} if found.user_id == asker.user_id else {"taken_over_from": str(found.user_id)}
    await _note(tx, asker, "api_key.rotated", key_id, overlap_seconds=overlap_seconds, **taken_over)
    return Made(await read(tx, asker.organisation_id, key_id), value)


async def revoke(tx: Tx, organisation_id: UUID, user_id: UUID, key_id: UUID) -> None:
    """Revoke a key, and whatever it made: none of the values holds at the next request. Raises NotFound."""
    made = await tx.rows(_made_by(organisation_id, key_id))
    revoked = await tx.execute(
        update(ApiKey)
        .where(ApiKey.organisation_id == organisation_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    if not revoked:
        raise NotFound
    await audit.record(tx, organisation_id, "api_key.revoked", user_id=user_id, target=str(key_id))
    for child in made:
        facts = {"ended_with": str(key_id)}
        await audit.record(tx, organisation_id, "api_key.revoked", user_id=user_id, target=str(child.id), **facts)


def _made_by(organisation_id: UUID, key_id: UUID) -> Select[*tuple[Any, ...]]:
    """The keys that hold and that this key made, or one that it made, and so on: what the database ends with it."""
    holds = ApiKey.revoked_at.is_(None) & (ApiKey.id != key_id)
    made = (
        select(ApiKey.id)
        .where(ApiKey.organisation_id == organisation_id, ApiKey.made_by_key_id == key_id, holds)
        .cte("made", recursive=True)
    )
    made = made.union(  # which ends where keys have rotated each other
        select(ApiKey.id).where(ApiKey.organisation_id == organisation_id, ApiKey.made_by_key_id == made.c.id, holds)
    )
    return select(made.c.id).order_by(made.c.id)


async def list_keys(tx: Tx, organisation_id: UUID, page: Asked) -> Slice:
    """The keys of the organisation that were not revoked, newest first."""
    query = _shown().where(ApiKey.organisation_id == organisation_id, ApiKey.revoked_at.is_(None))
    return await read_slice(tx, query, ApiKey.id, page)


async def read(tx: Tx, organisation_id: UUID, key_id: UUID) -> Any:
    """One key that was not revoked. Raises NotFound."""
    query = _shown().where(ApiKey.organisation_id == organisation_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    found = await tx.first(query)
    if found is None:
        raise NotFound
    return found


async def write_use(tx: Tx, organisation_id: UUID, key_id: UUID, hashes: Sequence[bytes]) -> None:
    """
    Write down that a key is used, and keep its hash by our newest key from now on: so that the older one can go.

    Somebody who holds the row has it changed or written down meanwhile: then this waits for the next use.
    """
    held = (
        select(ApiKey.id)
        .where(ApiKey.organisation_id == organisation_id, ApiKey.id == key_id)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    older = ApiKey.value_hash.in_(hashes[1:])
    await tx.execute(
        update(ApiKey)
        .where(ApiKey.organisation_id == organisation_id, ApiKey.id == held)
        .values(last_used_at=func.now(), value_hash=case((older, hashes[0]), else_=ApiKey.value_hash))
    )


def _shown() -> Select[*tuple[Any, ...]]:
    return select(
        ApiKey.id,
        ApiKey.name,
        ApiKey.prefix,
        ApiKey.scopes,
        ApiKey.user_id,
        ApiKey.made_by_key_id,
        ApiKey.created_at,
        ApiKey.expires_at,
        ApiKey.last_used_at,
        ApiKey.rotated_at,
        ApiKey.previous_until,
    )


def _within_reach(asker: Asker, scopes: Sequence[Scope], expires_at: datetime | None) -> None:
    outlives = asker.until is not None and (expires_at is None or expires_at > asker.until)
    if outlives or not asker.scopes.issuperset(scopes):
        raise NotAllowed(BEYOND)


async def _leave_room(tx: Tx, organisation_id: UUID) -> None:
    """Hold the organisation, so that two who make its last key are counted one after the other."""
    await tx.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))
    count = await tx.scalar(
        select(func.count()).where(ApiKey.organisation_id == organisation_id, ApiKey.revoked_at.is_(None))
    )
    if count >= MOST_KEYS:
        raise TooManyApiKeys(MOST_KEYS)


async def _note(tx: Tx, asker: Asker, action: str, key_id: UUID, **facts: object) -> None:
    await audit.record(tx, asker.organisation_id, action, user_id=asker.user_id, target=str(key_id), **facts)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
