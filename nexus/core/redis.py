"""
Redis for what must not wait: whoever asks here says what stands in for the answer.

What is asked has 50 ms. The first that takes longer, or finds Redis away, closes the door for everybody: from then on
each is answered with its stand-in at once, and a knock in the background finds out when Redis is back.

Whatever is asked while Redis answers the one before is carried there together, over one connection: so a hundred
requests at once cost few round trips, and never a hundred connections that are opened at the same moment.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from enum import Enum
from typing import Any, Final, NamedTuple, TypeVar

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as TooSlow

from nexus.core import metrics

log = structlog.get_logger()

BUDGET_SECONDS = 0.05
LOOKS = 3  # how often this process looks for an answer once the budget is spent
LOOK_SECONDS = 0.001
KNOCK_SECONDS = 1.0

GONE = (NoConnection, TooSlow, OSError, TimeoutError)

Command = tuple[str | bytes | int, ...]
StandIn = TypeVar("StandIn")


class Away(Enum):
    """A stand-in that cannot be mistaken for anything that Redis says."""

    AWAY = "away"


AWAY: Final = Away.AWAY


class Script:
    """A script that Redis runs as a whole, with nothing of anybody else in between."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # Redis itself calls it so


class _Asked(NamedTuple):
    commands: Sequence[Command]
    answers: "asyncio.Future[list[Any] | None]"
    since: float


class QuickRedis:
    """A door to Redis that never holds anybody up for longer than its budget."""

    def __init__(self, url: str) -> None:
        pool = ConnectionPool.from_url(url, lib_name=None, lib_version=None)
        self._redis = Redis(connection_pool=pool)
        self._waiting: list[_Asked] = []
        self._carrying: asyncio.Task[None] | None = None
        self._knocking: asyncio.Task[None] | None = None

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
        answers = await self._carried(commands, asyncio.get_running_loop().time())
        return otherwise if answers is None or _refused(answers) else answers

    async def run(self, script: Script, key: str, *arguments: int, otherwise: StandIn) -> Any | StandIn:
        """What the script says of the key, or the stand-in. Where Redis does not know the script yet, it is told."""
        since = asyncio.get_running_loop().time()
        answers = await self._carried([("EVALSHA", script.name, 1, key, *arguments)], since)
        if answers is not None and isinstance(answers[0], NoScriptError):
            answers = await self._carried([("EVAL", script.text, 1, key, *arguments)], since)
        return otherwise if answers is None or _refused(answers) else answers[0]

    async def _carried(self, commands: Sequence[Command], since: float) -> list[Any] | None:
        """What Redis says to each command, refusals among it, or None where it does not say anything in time."""
        if self._knocking is not None:
            metrics.redis_stand_ins.labels("away").inc()
            return None
        asked = _Asked(commands, asyncio.get_running_loop().create_future(), since)
        self._waiting.append(asked)
        if self._carrying is None:
            self._carrying = asyncio.create_task(self._carry(), context=Context())  # in nobody's name
        answers = await asked.answers
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
                async with _budget(batch[0].since):
                    _hand_out(batch, await self._exchange(batch))
        except (*GONE, RedisError) as error:
            self._close_door(error)
        finally:
            self._carrying = None
            unanswered, self._waiting = [*batch, *self._waiting], []
            _hand_out(unanswered, None)

    async def _exchange(self, batch: Sequence[_Asked]) -> list[Any]:
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

    async def _answers(self) -> bool:
        """Whether Redis answers, and in time: getting in touch again may take longer, since nobody waits for that."""
        try:
            async with asyncio.timeout(KNOCK_SECONDS):
                await self._redis.ping()
            async with _budget(asyncio.get_running_loop().time()):
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


@asynccontextmanager
async def _budget(since: float) -> AsyncIterator[None]:
    """
    Raise TimeoutError when the budget is spent.

    Then this process looks a few times more, though: if it was busy itself meanwhile, the answer came long ago and lies
    there unread, and Redis is not to blame.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:

        def look_again(looks: int) -> None:
            if looks:
                timers.append(loop.call_later(LOOK_SECONDS, look_again, looks - 1))
            else:
                limit.reschedule(loop.time())

        timers = [loop.call_at(since + BUDGET_SECONDS - LOOKS * LOOK_SECONDS, look_again, LOOKS)]
        try:
            yield
        finally:
            timers[-1].cancel()
