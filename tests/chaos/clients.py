"""
The clients of a chaos run: they ask with a key, ask again until they are answered, and write down what they were told.

What a client was told is the promise that the verdict holds the platform to.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

import httpx

from tests.chaos.plan import Order

ANSWER_SECONDS = 6.0
PATIENCE_SECONDS = 90.0  # after that a client gives up, and that is a fault of the platform
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
ACCEPTED, REFUSED, CONFLICT, AWAY = 202, 402, 409, 503


@dataclass
class Records:
    """What the clients were told."""

    accepted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by key: the job ids
    refused: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    unanswered: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    asked_again: Counter[str] = field(default_factory=Counter)


class Clients:
    """Everybody who asks. `in_flight` counts, for each API process, the requests that it has not answered yet."""

    def __init__(self, api: Sequence[str], tokens: Sequence[str]) -> None:
        self.records = Records()
        self.in_flight: Counter[str] = Counter()
        self._api = list(api)
        self._tokens = list(tokens)
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self._http = httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits, trust_env=False)

    async def place_all(self, orders: Sequence[Order], begun: float) -> None:
        """Place every order at its time, counted from `begun`, and stay until all are answered."""
        async with self._http, asyncio.TaskGroup() as everybody:
            for order in orders:
                await asyncio.sleep(max(0.0, begun + order.at - monotonic()))
                everybody.create_task(self._place(order))

    async def _place(self, order: Order) -> None:
        async with asyncio.TaskGroup() as sendings:
            for pause in (0.0, *order.repeats):
                sendings.create_task(self._send(order, pause))
        jobs = self.records.accepted.get(order.key)
        if order.cancel_after is not None and jobs:
            await asyncio.sleep(order.cancel_after)
            await self._cancel(order, next(iter(jobs)))

    async def _send(self, order: Order, pause: float) -> None:
        await asyncio.sleep(pause)
        answer = await self._post(order, f"/v1/{order.job_type}", {"text": order.text}, order.key)
        if answer is None:
            self.records.unanswered.append(order.key)
        elif answer.status_code == ACCEPTED:
            self.records.accepted[order.key].add(answer.json()["job_id"])
        elif answer.status_code == REFUSED:
            self.records.refused.add(order.key)
        else:
            self.records.unexpected.append(f"{order.job_type}: {answer.status_code} {answer.text}")

    async def _cancel(self, order: Order, job_id: str) -> None:
        answer = await self._post(order, f"/v1/jobs/{job_id}/cancel")
        if answer is not None and answer.status_code == httpx.codes.OK:
            self.records.cancelled.add(job_id)
        elif answer is None or answer.json().get("code") != "job_is_settled":
            self.records.unexpected.append(f"cancel: {answer and answer.text}")

    async def _post(
        self, order: Order, path: str, body: dict[str, str] | None = None, key: str | None = None
    ) -> httpx.Response | None:
        """Send until there is an answer that is final, to one API process after the other; None when there is none."""
        headers = {"Authorization": f"Bearer {self._tokens[order.organisation]}"}
        headers |= {"Idempotency-Key": key} if key else {}
        deadline, number, pause = monotonic() + PATIENCE_SECONDS, hash(order.at), PAUSE_SECONDS
        while monotonic() < deadline:
            number += 1
            api = self._api[number % len(self._api)]
            try:
                with self._under_way(api):
                    answer = await self._http.post(f"{api}{path}", json=body, headers=headers)
                if not self._is_for_later(answer):
                    return answer
            except httpx.TransportError as error:
                self.records.asked_again[type(error).__name__] += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        return None

    def _is_for_later(self, answer: httpx.Response) -> bool:
        """Whether this answer says to send it again; it has to say when, too."""
        running = answer.status_code == CONFLICT and answer.json().get("code") == "idempotency_in_progress"
        if not running and answer.status_code != AWAY:
            return False
        self.records.asked_again[str(answer.status_code)] += 1
        if "retry-after" not in answer.headers or answer.headers["content-type"] != "application/problem+json":
            self.records.unexpected.append(f"{answer.status_code} without a Retry-After: {answer.text}")
        return True

    @contextmanager
    def _under_way(self, api: str) -> Iterator[None]:
        self.in_flight[api] += 1
        try:
            yield
        finally:
            self.in_flight[api] -= 1
