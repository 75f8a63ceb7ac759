"""
Redis for what must not wait: whoever asks here says what stands in for the answer.

What is asked has 400 ms. The first that takes longer, or finds Redis away, closes the door for everybody: from then on
each is answered with its stand-in at once, and a knock in the background finds out when Redis is back.

The 400 ms are Redis's own: a moment in which this process was busy, or stopped, does not count. They are so long
because a machine that computes on all its processors lets Redis wait for some of them, and a rate limit is exact only
while all processes ask Redis. A connection that broke is replaced once, so what is asked may reach Redis twice.

Whatever is asked while Redis answers the one before is carried there together, over one connection: so a hundred
requests at once cost few round trips, and never a hundred connections that are opened at the same moment.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextvars import Context
from enum import Enum
from typing import Any, Final, NamedTuple, TypeVar

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as TooSlow

from nexus.core import metrics
from nexus.core.fair_timeout import fair_timeout

log = structlog.get_logger()

BUDGET_SECONDS = 0.4
KNOCK_SECONDS = 1.0

BROKEN = (NoConnection, OSError)
GONE = (*BROKEN, TooSlow, TimeoutError)

Command = tuple[str | bytes | int, ...]
Answers = asyncio.Future[list[Any] | None]
StandIn = TypeVar("StandIn")


class Away(Enum):
    """A stand-in that cannot be mistaken for anything that Redis says."""

    AWAY = "away"


AWAY: Final = Away.AWAY


class Script:
    """
    A script that Redis runs as a whole, with nothing of anybody else in between.

    It may be run twice for one question, so the second run has to change nothing.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # Redis itself calls it so


class _Asked(NamedTuple):
    commands: Sequence[Command]
    answers: Answers


class QuickRedis:
    """
    A door to Redis that never holds anybody up for longer than its budget.

    `when_back` is called at the moment it opens again: what is sent there reaches Redis before anything else does.
    """

    def __init__(self, url: str) -> None:
        pool = ConnectionPool.from_url(url, lib_name=None, lib_version=None)
        self._redis = Redis(connection_pool=pool)
        self._waiting: list[_Asked] = []
        self._carrying: asyncio.Task[None] | None = None
        self._knocking: asyncio.Task[None] | None = None
        self.when_back: Callable[[], None] = _do_nothing

    async def get_in_touch(self) -> None:
        """Connect before anybody asks: with many at the door at once, the first would wait too long for that."""
        if not await self._answers():
            self._close_door(NoConnection())

    @property
    def is_away(self) -> bool:
        """Whether the door is closed."""
        return self._knocking is not None

    async def ask(self, *commands: Command, otherwise: StandIn) -> list[Any] | StandIn:
        """What Redis says to each command, or the stand-in: also where it refuses one of them, being full, say."""
        answers = await self._carried(commands)
        return otherwise if answers is None or _refused(answers) else answers

    async def run(self, script: Script, key: str, *arguments: int, otherwise: StandIn) -> Any | StandIn:
        """What the script says of the key, or the stand-in. Where Redis does not know the script yet, it is told."""
        answers = await self._carried([("EVALSHA", script.name, 1, key, *arguments)])
        if answers is not None and isinstance(answers[0], NoScriptError):
            answers = await self._carried([("EVAL", script.text, 1, key, *arguments)])
        return otherwise if answers is None or _refused(answers) else answers[0]

    def send(self, commands: Sequence[Command]) -> Answers:
        """Have commands carried to Redis, in the order of these calls; what it says to each, or None if it does not."""
        asked = _Asked(commands, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._carrying is None:
            self._carrying = asyncio.create_task(self._carry(), context=Context())  # in nobody's name
        return asked.answers

    async def _carried(self, commands: Sequence[Command]) -> list[Any] | None:
        """What Redis says to each command, refusals among it, or None where it does not say anything in time."""
        if self._knocking is not None:
            metrics.redis_stand_ins.labels("away").inc()
            return None
        answers = await self.send(commands)
        if answers is None:
            metrics.redis_stand_ins.labels("lost").inc()
        return answers

    async def close(self) -> None:
        """Hang up."""
        tasks = [task for task in (self._carrying, self._knocking) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=BUDGET_SECONDS)
        await self._redis.aclose(close_connection_pool=True)

    async def _carry(self) -> None:
        """Carry to Redis whatever waits, all of it at once, until nothing waits any more."""
        batch: list[_Asked] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                async with fair_timeout(BUDGET_SECONDS):
                    _hand_out(batch, await self._exchange(batch))
        except (*GONE, RedisError) as error:
            self._close_door(error)
        finally:
            self._carrying = None
            unanswered, self._waiting = [*batch, *self._waiting], []
            _hand_out(unanswered, None)

    async def _exchange(self, batch: Sequence[_Asked]) -> list[Any]:
        try:
            return await self._ask_redis(batch)
        except BROKEN:  # whoever stands between us and Redis may have hung up: only a new connection tells
            return await self._ask_redis(batch)

    async def _ask_redis(self, batch: Sequence[_Asked]) -> list[Any]:
        pipe = self._redis.pipeline(transaction=False)
        for asked in batch:
            for command in asked.commands:
                pipe.execute_command(*command)
        return await pipe.execute(raise_on_error=False)

    def _close_door(self, error: BaseException) -> None:
        log.warning("redis.away", error=type(error).__name__)
        if self._knocking is None:
            self._knocking = asyncio.create_task(self._knock(), context=Context())

    async def _knock(self) -> None:
        """Knock at once, since a moment's hitch is no outage, then every second until somebody answers."""
        heard = await self._answers()
        while not heard:
            await asyncio.sleep(KNOCK_SECONDS)
            heard = await self._answers()
        self._knocking = None
        log.info("redis.back")
        self.when_back()

    async def _answers(self) -> bool:
        """Whether Redis answers, and in time: getting in touch again may take longer, since nobody waits for that."""
        try:
            async with fair_timeout(KNOCK_SECONDS):
                await self._redis.ping()
            async with fair_timeout(BUDGET_SECONDS):
                await self._redis.ping()
        except (*GONE, RedisError):
            return False
        return True


def _refused(answers: Sequence[Any]) -> bool:
    """Whether Redis refused one of the commands."""
    refusal = next((answer for answer in answers if isinstance(answer, RedisError)), None)
    if refusal is None:
        return False
    metrics.redis_stand_ins.labels("refused").inc()
    log.warning("redis.refused", error=type(refusal).__name__)
    return True


def _hand_out(batch: Sequence[_Asked], answers: Sequence[Any] | None) -> None:
    """Give everybody their part, or nothing; whoever has it already, or went away, is passed over."""
    begin = 0
    for asked in batch:
        end = begin + len(asked.commands)
        if not asked.answers.done():
            asked.answers.set_result(None if answers is None else list(answers[begin:end]))
        begin = end


def _do_nothing() -> None:
    """Nobody wants to know."""
