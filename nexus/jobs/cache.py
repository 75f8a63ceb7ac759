"""
Answers kept for a while, so that the same question of the same organisation costs nothing the second time.

They lie in Redis in a namespace of the organisation, under a hash that begins with the organisation as well: what one
organisation asked tells another nothing. A cache that is away is no outage: everything is a miss then.
"""

import hashlib
import json
from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel

from nexus.core import metrics
from nexus.core.redis import AWAY, Command, QuickRedis
from nexus.jobs.answers import Answer
from nexus.jobs.catalogue import JobType

LONGEST_ANSWER = 1_000_000  # bytes
LOOKED_AT = 500  # names at once, of everybody's: Redis does nothing else meanwhile
RESERVED_MS = 5_000  # how long a worker that died keeps the others waiting

IF_OURS = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call({command}) end return 0"
RENEW = IF_OURS.format(command="'PEXPIRE', KEYS[1], ARGV[2]")
RELEASE = IF_OURS.format(command="'DEL', KEYS[1]")


class Cache:
    """
    What was answered lately. `models` are the names of those that are asked, in their order of preference; `offline`
    says whether a job type's own way without a model may follow them.
    """

    def __init__(self, redis: QuickRedis, models: Sequence[str], seconds: int, *, offline: bool) -> None:
        self._redis = redis
        self._models = models
        self._offline = offline
        self._seconds = seconds

    def name_of(self, organisation_id: UUID, kind: JobType, asked: BaseModel) -> str:
        """Where the answer to this lies: a hash of everything that decides what the answer is, and whose it is."""
        offline = [kind.without_model.name] if self._offline and kind.without_model else []
        fields = (
            str(organisation_id),
            kind.name,
            kind.prompt_version,
            json.dumps([*self._models, *offline]),
            json.dumps(asked.model_dump(mode="json"), sort_keys=True),  # PostgreSQL does not keep the order of keys
        )
        digest = hashlib.sha256()
        for field in map(str.encode, fields):
            digest.update(len(field).to_bytes(8, "big") + field)
        return _namespace(organisation_id) + digest.hexdigest()

    async def find(self, name: str, kind: JobType) -> Answer | None:
        """What was answered before, or None: never, not lately, or nobody can say."""
        [raw] = await self._redis.ask(("GET", name), otherwise=[AWAY])
        answer = Answer.unpacked(raw, name, kind)
        outcome = "hit" if answer else "unavailable" if raw is AWAY else "miss" if raw is None else "odd"
        metrics.cache_lookups.labels(kind.name, outcome).inc()
        return answer

    async def keep(self, name: str, kind: JobType, answer: Answer, token: str | None = None) -> bool:
        """
        Keep an answer that will be taken for one when it is read, and that is no stand-in for a model's; whether it is.

        With a token, the reservation is given back in the same breath.
        """
        packed = answer.packed(name)
        stands_in = bool(self._models) and kind.without_model is not None and answer.model == kind.without_model.name
        if stands_in or len(packed) > LONGEST_ANSWER or Answer.unpacked(packed, name, kind) is None:
            metrics.cache_stores.labels(kind.name, "unfit").inc()
            return False
        commands: list[Command] = [("SET", name, packed, "EX", self._seconds)]
        if token is not None:
            commands.append(("EVAL", RELEASE, 1, _reservation(name), token))
        kept = await self._redis.ask(*commands, otherwise=None)
        metrics.cache_stores.labels(kind.name, "kept" if kept else "unavailable").inc()
        return kept is not None

    async def forget(self, organisation_id: UUID) -> bool:
        """Forget every answer of an organisation; whether Redis was there to do it."""
        cursor: bytes | int = 0
        while True:
            match = f"{_namespace(organisation_id)}*"
            found = await self._redis.ask(("SCAN", cursor, "MATCH", match, "COUNT", LOOKED_AT), otherwise=None)
            if found is None:
                return False
            cursor, names = found[0]
            if names and await self._redis.ask(("UNLINK", *names), otherwise=None) is None:
                return False
            if int(cursor) == 0:
                return True

    async def reserve(self, name: str, kind: JobType, token: str) -> Answer | bool:
        """The answer, if it is kept by now; else whether the work is ours. With Redis away it is."""
        reserve = ("SET", _reservation(name), token, "NX", "PX", RESERVED_MS)
        raw, ours = await self._redis.ask(("GET", name), reserve, otherwise=[None, True])
        answer = Answer.unpacked(raw, name, kind)
        if answer is not None and ours:
            await self.release(name, token)
        return answer or bool(ours)

    async def renew(self, name: str, token: str) -> None:
        """Keep the reservation a little longer, if it is ours still."""
        await self._redis.ask(("EVAL", RENEW, 1, _reservation(name), token, RESERVED_MS), otherwise=None)

    async def release(self, name: str, token: str) -> None:
        """Give the reservation back, if it is ours still."""
        await self._redis.ask(("EVAL", RELEASE, 1, _reservation(name), token), otherwise=None)


def _namespace(organisation_id: UUID) -> str:
    return f"nexus:answers:{organisation_id}:"


def _reservation(name: str) -> str:
    return f"{name}:reserved"
