"""Gate A2.2: a submit answers with a job id in under 100 ms; polling shows pending, then completed with the output."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.ai.gemini_server import GeminiServer, answers
from tests.ai.http_server import Reply
from tests.gates.whole_stack import WholeStack, nexus_up, settled
from tests.house import Person

TEXT = (
    "The old bridge over the Lune was closed on Monday. Engineers had found cracks in two of its piers. "
    "Repairs will take until March and cost four million euros. Until then, buses take the northern bridge. "
    "The council had asked for an inspection in spring. Nobody was hurt."
)
SUMMARY = {"summary": "The Lune bridge is closed. Two piers are cracked. Repairs take until March."}
SUBMITS, WARM_UPS = 5, 3  # a new organisation pays for ten: eight here, and the one that is watched
TIMES = "SELECT started_at, completed_at FROM jobs WHERE id = $1"


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    """`nexus up` on a machine where no model is configured."""
    with nexus_up(tmp_path_factory.mktemp("offline"), {}) as running:
        yield running


async def timed_submit(ann: Person) -> tuple[float, httpx.Response]:
    started = perf_counter()
    answer = await ann.api.post("/summarize", json={"text": f"{TEXT} {uuid4()}"})  # none that was answered before
    return (perf_counter() - started) * 1000, answer


async def times_of(stack: WholeStack, job_id: str) -> Any:
    connection = await asyncpg.connect(stack.superuser_url)
    row = await connection.fetchrow(TIMES, job_id)
    await connection.close()
    return row


async def test_gate_a2_2_a_submit_answers_202_with_a_job_id_in_under_100_ms(stack: WholeStack) -> None:
    async with stack.somebody() as ann:
        warm = [await timed_submit(ann) for _ in range(WARM_UPS)]

        timed = [await timed_submit(ann) for _ in range(SUBMITS)]

        for _, answer in warm + timed:
            await settled(ann, answer.json()["job_id"])

        took = [milliseconds for milliseconds, _ in timed]
        print(f"submits in ms, on a machine that runs other tests too: {[round(one, 1) for one in took]}")  # noqa: T201 - figures of the gate
        assert [answer.status_code for _, answer in timed] == [202] * SUBMITS
        assert all(answer.json()["job_id"] for _, answer in timed)
        assert median(took) < 100


async def test_gate_a2_2_polling_shows_pending_then_completed_with_geminis_output(
    stack: WholeStack, gemini: GeminiServer
) -> None:
    async with stack.somebody() as ann:
        gemini.forget()
        slow = answers(SUMMARY)
        gemini.script(Reply(body=slow.body, after_seconds=0.5))

        accepted = (await ann.api.post("/summarize", json={"text": TEXT})).json()
        seen = (await ann.api.get(f"/jobs/{accepted['job_id']}")).json()
        job = await settled(ann, accepted["job_id"])

        assert (accepted["status"], accepted["cost"], accepted["output_data"]) == ("pending", 10, None)
        assert seen["status"] in ("pending", "running")
        assert (job["status"], job["output_data"], job["model"]) == ("completed", SUMMARY, "gemini:stand-in")
        assert TEXT in gemini.asked[0].turns[0][1]
        row = await times_of(stack, accepted["job_id"])
        assert row["started_at"] < row["completed_at"]
        assert (job["started_at"], job["completed_at"]) != (None, None)


async def test_gate_a2_2_without_a_model_the_same_call_is_answered_offline_and_says_so(offline: WholeStack) -> None:
    async with offline.somebody() as ann:
        took, answer = await timed_submit(ann)
        job = await settled(ann, answer.json()["job_id"])

        print(f"offline, the first submit of a new stack: {took:.1f} ms")  # noqa: T201 - a figure of the gate
        assert answer.status_code == 202
        assert (job["status"], job["model"]) == ("completed", "offline:lexrank")
        assert job["output_data"]["summary"]
        row = await times_of(offline, answer.json()["job_id"])
        assert row["started_at"] < row["completed_at"]
