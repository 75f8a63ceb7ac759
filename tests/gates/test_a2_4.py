"""Gate A2.4: 100 credits, 90 while the job is tried, 100 after it failed; two ledger rows with the same job id."""

from collections.abc import Iterator

import asyncpg
import pytest

from tests.ai.gemini_server import GeminiServer, fails
from tests.ai.http_server import Reply
from tests.gates.whole_stack import WholeStack, nexus_up, settled
from tests.house import Person

LEDGER = "SELECT type, amount, balance_after, job_id FROM credit_transactions WHERE job_id = $1 ORDER BY seq"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, gemini: GeminiServer) -> Iterator[WholeStack]:
    """`nexus up` whose attempts follow each other closely."""
    settings = {
        "NEXUS_GEMINI_API_KEY": "a key that only the tests know",
        "NEXUS_GEMINI_BASE_URL": gemini.url,
        "NEXUS_JOB_RETRY_SECONDS": "0.2",
    }
    with nexus_up(tmp_path_factory.mktemp("hasty"), settings) as running:
        yield running


async def balance(ann: Person) -> int:
    answer = await ann.api.get("/credits")
    return int(answer.json()["balance"])


async def test_gate_a2_4_credits_go_from_100_to_90_and_back_to_100_when_the_job_has_failed(
    hasty: WholeStack, gemini: GeminiServer
) -> None:
    async with hasty.somebody() as ann:
        at_first = await balance(ann)
        gemini.forget()
        broken = fails(500, "INTERNAL")
        gemini.script(*[Reply(broken.status, broken.body, after_seconds=0.3)] * 3)

        accepted = (await ann.api.post("/summarize", json={"text": "It will fail."})).json()
        while_it_is_tried = await balance(ann)
        job = await settled(ann, accepted["job_id"])
        at_last = await balance(ann)

        assert (at_first, while_it_is_tried, at_last) == (100, 90, 100)
        assert (job["status"], job["attempt_count"], job["refunded"]) == ("failed", 3, True)
        connection = await asyncpg.connect(hasty.superuser_url)
        rows = await connection.fetch(LEDGER, accepted["job_id"])
        await connection.close()
        assert [tuple(row)[:3] for row in rows] == [("deduction", -10, 90), ("refund", 10, 100)]
        shown = (await ann.api.get("/credits/transactions")).json()["items"]
        assert [(entry["type"], entry["job_id"]) for entry in shown] == [
            ("refund", accepted["job_id"]),
            ("deduction", accepted["job_id"]),
            ("grant", None),
        ]


async def test_gate_a2_4_the_second_and_third_attempt_charge_nothing(hasty: WholeStack, gemini: GeminiServer) -> None:
    async with hasty.somebody() as ann:
        gemini.forget()
        gemini.script(fails(500, "INTERNAL"), fails(500, "INTERNAL"))

        accepted = (await ann.api.post("/summarize", json={"text": "It will succeed at last."})).json()
        job = await settled(ann, accepted["job_id"])

        assert (job["status"], job["attempt_count"], job["refunded"]) == ("completed", 3, False)
        assert await balance(ann) == 90
