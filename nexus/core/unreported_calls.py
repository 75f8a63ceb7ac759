"""
Calls that a process decided alone, for when Redis is back: then they are added to the buckets that all processes share.

Redis may have counted some of them already: the question reached it, and the answer came too late or not at all. Such a
call has the same number in both places and is counted once; if this process refused it, it is taken out again.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import NamedTuple

from redis.exceptions import RedisError

from nexus.core.redis import Answers, Command, QuickRedis, Script

MOST_CALLS = 5_000  # what comes after them is never reported; docs/rate-limits.md says what may pass then
MICROSECONDS = 1_000_000
REFUSED = -1  # stands for the age of a call that was refused

REPORT = Script("""\
local key, window = KEYS[1], tonumber(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
for place = 2, #ARGV, 2 do
  local call, age = ARGV[place], tonumber(ARGV[place + 1])
  if age < 0 then
    redis.call('ZREM', key, call)
  else
    redis.call('ZADD', key, 'NX', now - age, call)
  end
end
redis.call('PEXPIRE', key, math.ceil(window / 1000) + 1000)
""")


class _Call(NamedTuple):
    number: int
    admitted: bool
    seconds: float
    at: float


Calls = Mapping[str, Sequence[_Call]]


class UnreportedCalls:
    """The calls of one policy that this process decided alone, by the key of their bucket."""

    def __init__(self) -> None:
        self._calls: dict[str, list[_Call]] = {}
        self._held = 0

    def add(self, key: str, seconds: float, number: int, *, admitted: bool) -> None:
        """Remember a call of a window of so many seconds, if there is room for one more."""
        self._put(key, [_Call(number, admitted, seconds, monotonic())])

    def report(self, redis: QuickRedis) -> None:
        """Send them all to Redis. They are kept for the next time if it does not take them."""
        calls, self._calls, self._held = self._calls, {}, 0
        if calls:
            redis.send([*_commands(calls)]).add_done_callback(partial(self._keep_unless_taken, calls))

    def _keep_unless_taken(self, calls: Calls, answers: Answers) -> None:
        taken = None if answers.cancelled() else answers.result()
        if taken is None or any(isinstance(answer, RedisError) for answer in taken):
            for key, some in calls.items():
                self._put(key, some)

    def _put(self, key: str, calls: Sequence[_Call]) -> None:
        room = calls[: MOST_CALLS - self._held]
        if room:
            self._calls.setdefault(key, []).extend(room)
            self._held += len(room)


def _commands(calls: Calls) -> Iterator[Command]:
    """A script for each key, told in full the first time: a Redis that was restarted does not know it."""
    now, told = monotonic(), ("EVAL", REPORT.text)
    for key, some in calls.items():
        window = max(call.seconds for call in some)
        numbers = [part for call in some for part in (call.number, _age(call, now)) if now - call.at < call.seconds]
        yield (*told, 1, key, int(window * MICROSECONDS), *numbers)
        told = ("EVALSHA", REPORT.name)


def _age(call: _Call, now: float) -> int:
    """In microseconds."""
    return int((now - call.at) * MICROSECONDS) if call.admitted else REFUSED
