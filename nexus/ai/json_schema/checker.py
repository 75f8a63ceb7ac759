"""
Where schemas are judged, and data by them: never in an event loop.

A small schema takes a few milliseconds, by its bounds, and is checked in one thread. A large one, and all data, go to a
process beside this one, which is bounded in time and memory and ends when it is idle. One owner has one process at a
time, and owners take turns.
"""

import asyncio
import json
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from threading import Condition, Thread
from typing import Any

import structlog

from nexus.ai.json_schema.bounds import SchemaSize, check_bounds, check_values
from nexus.ai.json_schema.child import Child, ChildEnded
from nexus.ai.json_schema.refused import TOO_MUCH, SchemaRefused

MAX_PROCESSES = 2
MAX_WAITING = 8  # large schemas that are waited for at once: the last of them waits for a few seconds
MAX_WAITING_PER_OWNER = 2
IDLE_SECONDS = 20.0
VALIDATION = "nexus.ai.json_schema.validation"  # loaded with the first schema: it takes about 10 MB
SMALL = SchemaSize(60, 500)  # about 20 ms at the most

TOO_COSTLY = "This schema takes too much time or memory to check. Make it smaller, above all its patterns."

log = structlog.get_logger()


class CheckerBusy(Exception):
    """Too many large schemas are being checked at the moment."""


class SchemaChecker:
    """Checks schemas, and data against them. It belongs to no event loop."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="schema")
        self._processes = _Processes(idle_seconds)

    async def check_schema(self, schema: Any, owner: str) -> None:
        """Check a schema. Raises SchemaRefused, or CheckerBusy: at once, since it may be asked for again."""
        is_small = await asyncio.get_running_loop().run_in_executor(self._thread, _check_if_small, schema)
        if not is_small:
            if self._processes.waiting(owner) >= MAX_WAITING_PER_OWNER or self._processes.waiting() >= MAX_WAITING:
                raise CheckerBusy
            await self._ask({"schema": schema}, owner)

    async def find_error(self, schema: Any, data: Any, owner: str) -> str | None:
        """Find the first error of data against a schema, or None. Raises SchemaRefused."""
        try:
            answer = await self._ask({"schema": schema, "data": data}, owner)
        except ChildEnded:
            return TOO_MUCH
        error: str | None = answer["error"]
        return error

    async def _ask(self, request: dict[str, Any], owner: str) -> dict[str, Any]:
        line = json.dumps(request).encode() + b"\n"
        try:
            answered: bytes = await asyncio.wrap_future(self._processes.submit(owner, line))
        except ChildEnded as ended:
            log.warning("schema.too_costly", reason=ended.reason)
            if "data" in request:
                raise
            raise SchemaRefused(TOO_COSTLY) from None
        answer = json.loads(answered)
        if "refused" in answer:
            raise SchemaRefused(answer["refused"].replace("{", "{{").replace("}", "}}"))
        return dict(answer)


def _check_if_small(schema: Any) -> bool:
    """Check the bounds of a schema, and all of it when it is small. Returns whether it is."""
    check_values(schema)
    size = check_bounds(schema)
    if size.subschemas > SMALL.subschemas or size.pattern_cost > SMALL.pattern_cost:
        return False
    import_module(VALIDATION).check_schema(schema)
    return True


class _Processes:
    """At most MAX_PROCESSES children, each led by a thread, which ends with its child when there is nothing to do."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._changed = Condition()
        self._requests: dict[str, deque[tuple[bytes, Future[bytes]]]] = {}
        self._busy: set[str] = set()
        self._threads = 0
        self._idle = 0

    def waiting(self, owner: str | None = None) -> int:
        """How many requests wait or are being answered, of one owner or of all."""
        with self._changed:
            owners = self._requests.keys() | self._busy if owner is None else {owner}
            return sum(len(self._requests.get(each, ())) + (each in self._busy) for each in owners)

    def submit(self, owner: str, line: bytes) -> "Future[bytes]":
        """Have a request answered by a child. The future raises ChildEnded when the child did not survive it."""
        future: Future[bytes] = Future()
        with self._changed:
            self._requests.setdefault(owner, deque()).append((line, future))
            if len(self._requests) > self._idle and self._threads < MAX_PROCESSES:
                self._threads += 1
                Thread(target=self._lead, name="schema-process", daemon=True).start()
            self._changed.notify()
        return future

    def _lead(self) -> None:
        child = Child()
        while (turn := self._next()) is not None:
            owner, line, future = turn
            try:
                if future.set_running_or_notify_cancel():
                    _settle(future, child, line)
            finally:
                with self._changed:
                    self._busy.discard(owner)
                    self._changed.notify()
        child.close()

    def _next(self) -> "tuple[str, bytes, Future[bytes]] | None":
        """The next request of an owner who has no other under way; None after a while without any."""
        with self._changed:
            while (owner := self._free_owner()) is None:
                self._idle += 1
                rung = self._changed.wait(self._idle_seconds)
                self._idle -= 1
                if not rung and self._free_owner() is None:
                    self._threads -= 1
                    return None
            requests = self._requests.pop(owner)
            line, future = requests.popleft()
            if requests:
                self._requests[owner] = requests  # at the end: the others come first
            self._busy.add(owner)
            return owner, line, future

    def _free_owner(self) -> str | None:
        return next((owner for owner in self._requests if owner not in self._busy), None)


def _settle(future: "Future[bytes]", child: Child, line: bytes) -> None:
    try:
        future.set_result(child.ask(line))
    except (ChildEnded, OSError, ValueError) as error:
        future.set_exception(error)


CHECKER = SchemaChecker()
