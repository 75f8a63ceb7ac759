"""
The first answer, kept for its key: a request that is sent again does nothing again.

The key is written in the request's own transaction: whoever comes second waits for the first to end, then reads what
it answered. The answer is encrypted, since it may hold a secret that is shown once. Every query filters by
organisation_id.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from fastapi import Request, Response
from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.db import Hot, SystemTx, Tx
from nexus.core.errors import Conflict, InvalidRequest, NexusError
from nexus.core.models import OrganisationRecord, new_id
from nexus.core.sealing import Box

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
KEEP = timedelta(hours=24)
WAIT_SECONDS = 2
FORGET_BATCH = 1000


class IdempotencyKey(OrganisationRecord):
    """A key that an organisation used, what it was used for, and what was answered."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        UniqueConstraint("organisation_id", "key"),
        Index(None, "expires_at"),
    )

    key: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    sealed_body: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class KeyReused(NexusError):
    """The key stands for another request already."""

    status = 422
    code = "idempotency_key_reused"
    title = "Idempotency key used before"
    example = ()

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request. Use a new key for a new request.")


class InProgress(Conflict):
    """The first request with this key has not ended yet."""

    code = "idempotency_in_progress"
    title = "Still in progress"
    example = ()

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key still runs. Send it again.", retry_after=1)


class Replay(Exception):
    """This request was answered before; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


def _take() -> Hot:
    row = upsert(IdempotencyKey).values(
        organisation_id=bindparam("organisation", type_=Uuid),
        id=bindparam("row", type_=Uuid),
        key=bindparam("key", type_=String),
        fingerprint=bindparam("fingerprint", type_=LargeBinary),
        expires_at=func.now() + literal_column(f"interval '{int(KEEP.total_seconds())} seconds'"),
    )
    kept = IdempotencyKey
    return Hot(
        row.on_conflict_do_update(
            index_elements=[kept.organisation_id, kept.key],
            set_={
                "fingerprint": row.excluded.fingerprint,
                "expires_at": row.excluded.expires_at,
                "status": None,
                "sealed_body": None,
            },
            where=kept.expires_at < func.now(),
        ).returning(kept.id)
    )


TAKE = _take()
READ = Hot(
    select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.sealed_body).where(
        IdempotencyKey.organisation_id == bindparam("organisation", type_=Uuid),
        IdempotencyKey.key == bindparam("key", type_=String),
    )
)
KEPT = Hot(
    update(IdempotencyKey)
    .where(
        IdempotencyKey.organisation_id == bindparam("organisation", type_=Uuid),
        IdempotencyKey.key == bindparam("given_key", type_=String),
    )
    .values(
        status=bindparam("answer_status", type_=SqlInteger), sealed_body=bindparam("answer_body", type_=LargeBinary)
    )
)


@dataclass(frozen=True)
class Once:
    """A request that is done once: its key, and the transaction that the key lives and dies with."""

    tx: Tx
    key: str


class Memory:
    """Remembers answers for a day."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._box = Box(keys, "idempotency")

    async def begin(self, tx: Tx, organisation_id: UUID, request: Request, only_for: bytes = b"") -> None:
        """
        Take the request's key, if it has one. Raises Replay when it was answered before.

        `only_for` names a caller to whom alone the answer may be replayed; to anybody else the key stands for another
        request.
        """
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST":
            return
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidRequest.of(HEADER, f"Give 1 to {LONGEST_KEY} printable characters.")
        fingerprint = await _fingerprint(request, only_for)
        if await self._take(tx, organisation_id, key, fingerprint):
            request.state.once = Once(tx, key)
            return
        row = await tx.fetch(READ, organisation=organisation_id, key=key)
        if row is None or row["sealed_body"] is None:
            raise InProgress
        if row["fingerprint"] != fingerprint:
            raise KeyReused
        raise Replay(self._opened(row["status"], row["sealed_body"]))

    async def keep(self, once: Once, response: Response) -> None:
        """Keep the answer, in the transaction of the work itself."""
        media_type = response.headers.get("content-type", "")
        sealed = self._box.seal(json.dumps({"type": media_type}).encode() + b"\n" + bytes(response.body))
        await once.tx.fetch(
            KEPT,
            organisation=once.tx.organisation_id,
            given_key=once.key,
            answer_status=response.status_code,
            answer_body=sealed,
        )

    async def _take(self, tx: Tx, organisation_id: UUID, key: str, fingerprint: bytes) -> bool:
        """Whether the key is ours now; waits for whoever holds it, but not for long."""
        try:
            async with tx.patience(WAIT_SECONDS):
                row = await tx.fetch(TAKE, organisation=organisation_id, row=new_id(), key=key, fingerprint=fingerprint)
        except asyncpg.LockNotAvailableError:
            raise InProgress from None
        return row is not None

    def _opened(self, status: int, sealed: bytes) -> Response:
        head, _, body = self._box.open(sealed).partition(b"\n")
        return Response(body, status, {REPLAYED: "true"}, json.loads(head)["type"])


async def forget_expired(tx: SystemTx, keep: timedelta = KEEP, most: int = FORGET_BATCH) -> int:
    """Remove some keys that were taken longer ago than `keep`, a day at least; how many that were."""
    longer = max(keep - KEEP, timedelta())
    expired = (
        select(IdempotencyKey.organisation_id, IdempotencyKey.id)
        .where(IdempotencyKey.expires_at < func.now() - literal(longer))
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("expired")
    )
    return await tx.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.organisation_id == expired.c.organisation_id, IdempotencyKey.id == expired.c.id
        )
    )


async def _fingerprint(request: Request, only_for: bytes) -> bytes:
    """What the request asks for: method, path, the body's meaning rather than its spelling; and for whom alone."""
    body = await request.body()
    with suppress(ValueError, RecursionError):  # an unreadable body is refused later; until then it stands for itself
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    digest = hashlib.sha256()
    for piece in (request.method.encode(), request.url.path.encode(), body, *([only_for] if only_for else [])):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.digest()
