"""
The first answer, kept for its key: a request that is sent again does nothing again.

The key is written in the request's own transaction: whoever comes second waits for the first to end, then reads what
it answered. The answer is encrypted, since it may hold a secret that is shown once. Every query filters by
organisation_id.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import (
    ColumnElement,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
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
LOOK_SECONDS = 0.05
RESERVED = timedelta(seconds=20)  # longer than anybody outside is waited for
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


ORGANISATION = bindparam("organisation", type_=Uuid)
KEY = bindparam("key", type_=String)


def _take() -> Hot:
    """Take the key without waiting: `free` says whether nobody has it in hand, `taken` is ours then, or null."""
    kept = IdempotencyKey
    whole_key = func.concat(cast(ORGANISATION, String), literal_column("' '"), KEY)
    held = select(func.pg_try_advisory_xact_lock(func.hashtextextended(whole_key, literal_column("0"))).label("free"))
    turn = held.cte("turn")
    values = {
        kept.organisation_id: ORGANISATION,
        kept.id: bindparam("row", type_=Uuid),
        kept.key: KEY,
        kept.fingerprint: bindparam("fingerprint", type_=LargeBinary),
        kept.expires_at: _in(KEEP),
    }
    row = upsert(kept).from_select(list(values), select(*values.values()).select_from(turn).where(turn.c.free))
    taken = (
        row.on_conflict_do_update(
            index_elements=[kept.organisation_id, kept.key],
            set_={
                "fingerprint": row.excluded.fingerprint,
                "expires_at": row.excluded.expires_at,
                "status": None,
                "sealed_body": None,
            },
            where=kept.expires_at < func.now(),
        )
        .returning(kept.id)
        .cte("taken")
    )
    return Hot(select(turn.c.free, taken.c.id.label("taken")).select_from(turn.outerjoin(taken, true())))


def _in(time: timedelta) -> ColumnElement[Any]:
    return func.now() + literal(time)


def _until(moment: ColumnElement[Any]) -> Hot:
    """Let the key that is in hand, or reserved until `lease`, end at another moment."""
    lease = bindparam("lease", type_=DateTime(timezone=True))
    return Hot(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.organisation_id == ORGANISATION,
            IdempotencyKey.key == bindparam("given_key", type_=String),
            IdempotencyKey.sealed_body.is_(None),
            or_(lease.is_(None), IdempotencyKey.expires_at == lease),
        )
        .values(expires_at=moment)
        .returning(IdempotencyKey.expires_at)
    )


TAKE = _take()
RESERVE = _until(_in(RESERVED))
RESUME = _until(_in(KEEP))
GIVE_UP = _until(_in(-RESERVED))
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


@dataclass
class Once:
    """
    A request that is done once: its key, and the transaction that the key lives and dies with.

    While somebody outside is waited for there is no transaction: the key is reserved until `lease` then.
    """

    tx: Tx
    key: str
    lease: datetime | None = None

    async def reserve(self) -> None:
        """Keep the key from everybody else until this request goes on, or its process has died."""
        self.lease = await self._turn(RESERVE)

    async def resume(self) -> None:
        """Go on, in a transaction. Raises InProgress where this took so long that somebody else does it now."""
        if await self._turn(RESUME) is None:
            raise InProgress

    async def give_up(self) -> None:
        """Leave a reserved key to the next request: this one came to nothing."""
        if self.lease is not None:
            await self.tx.end(commit=False)
            await self._turn(GIVE_UP)
            await self.tx.end(commit=True)

    async def _turn(self, statement: Hot) -> datetime | None:
        organisation_id = self.tx.organisation_id
        row = await self.tx.fetch(statement, organisation=organisation_id, given_key=self.key, lease=self.lease)
        return None if row is None else row["expires_at"]


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
        last = monotonic() + WAIT_SECONDS
        while not await self._take(tx, organisation_id, key, fingerprint):
            await tx.end(commit=False)  # whoever waits for another request holds no connection
            if monotonic() > last:
                raise InProgress
            await asyncio.sleep(LOOK_SECONDS)
        once = request.state.once = Once(tx, key)
        tx.leaving, tx.returning = once.reserve, once.resume

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
        """Whether the key is ours now. Raises Replay or KeyReused where it was used before."""
        mine = {"organisation": organisation_id, "key": key}
        row = await tx.fetch(TAKE, **mine, row=new_id(), fingerprint=fingerprint)
        if row is None or not row["free"] or row["taken"] is not None:
            return row is not None and row["taken"] is not None
        kept = await tx.fetch(READ, **mine)
        if kept is None or kept["sealed_body"] is None:
            return False
        if kept["fingerprint"] != fingerprint:
            raise KeyReused
        raise Replay(self._opened(kept["status"], kept["sealed_body"]))

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
