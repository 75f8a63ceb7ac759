"""Gate A3.3: /v1/summarize and /v2/summarize side by side with different shapes; a v1 client notices nothing of v2."""

import asyncio
from uuid import UUID

import httpx
import pytest

from nexus.core.db import Database
from nexus.jobs import services
from nexus.jobs.services import JobKey
from tests.gates.recordings import RECORDED, Exchange, Replay, read_recordings
from tests.house import Person, refusal

TEXT = {"text": "The bridge was closed in spring. It was repaired over the summer. It opens again today."}
SUMMARY = '{"summary": "The Lune bridge is closed until March."}'
OF_V1 = ["job_id", "status", "cost", "cached", "output_data"]
OF_V2 = [*OF_V1, "credits_remaining"]


async def post(ann: Person, path: str, key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await ann.api.post(f"http://api.test{path}", json=TEXT, headers=headers)


async def test_gate_a3_3_v1_and_v2_summarize_both_work_at_once_with_different_shapes(ann: Person) -> None:
    first, second = await asyncio.gather(post(ann, "/v1/summarize"), post(ann, "/v2/summarize"))

    assert (first.status_code, second.status_code) == (202, 202)
    assert (list(first.json()), list(second.json())) == (OF_V1, OF_V2)
    assert {"status": "pending", "cost": 10}.items() <= first.json().items()
    assert {"status": "pending", "cost": 10}.items() <= second.json().items()
    jobs = (await ann.api.get("/jobs")).json()["items"]
    assert {job["id"] for job in jobs} == {first.json()["job_id"], second.json()["job_id"]}


async def test_gate_a3_3_v2_says_what_each_request_left(ann: Person) -> None:
    answers = [await post(ann, "/v2/summarize") for _ in range(11)]

    assert [answer.json()["credits_remaining"] for answer in answers[:10]] == list(range(90, -1, -10))
    assert refusal(answers[10]) == (402, "insufficient_credits")
    assert (await ann.api.get("/credits")).json()["balance"] == 0


async def test_gate_a3_3_what_is_left_is_each_request_s_own_when_many_come_at_once(ann: Person) -> None:
    answers = await asyncio.gather(*(post(ann, "/v2/summarize") for _ in range(8)))

    assert sorted(answer.json()["credits_remaining"] for answer in answers) == list(range(20, 100, 10))


async def test_gate_a3_3_a_key_belongs_to_the_version_that_it_was_used_with(ann: Person) -> None:
    first = await post(ann, "/v2/summarize", key="order-4711")
    again = await post(ann, "/v2/summarize", key="order-4711")
    elsewhere = await post(ann, "/v1/summarize", key="order-4711")

    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert refusal(elsewhere) == (422, "idempotency_key_reused")
    assert (await ann.api.get("/credits")).json()["balance"] == 90


async def test_gate_a3_3_a_client_of_v1_gets_the_bytes_that_it_got_before_there_was_a_v2(
    ann: Person, db: Database
) -> None:
    async def completed(known: dict[str, str]) -> None:
        key = JobKey(ann.organisation_id, UUID(known["job"]))
        async with db.transaction(ann.organisation_id) as tx:
            claim = await services.claim_job(tx, key, "a worker", 30)
        assert claim is not None
        async with db.transaction(ann.organisation_id) as tx:
            await services.complete_job(tx, claim, SUMMARY, "offline:lexrank")

    async def spent(_: dict[str, str]) -> None:
        while (await post(ann, "/v1/summarize")).status_code == 202:
            pass

    exchanges = read_recordings(RECORDED / "v1")
    client = Replay(ann.api, {"completed": completed, "spent": spent}, {"domain": ann.domain})

    assert len(exchanges) == 20
    assert await client.differences(exchanges) == []


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (201, "application/json", '{"balance":100,"debt":0,"as_of":"<<time:now>>"}'),
        (200, "text/plain", '{"balance":100,"debt":0,"as_of":"<<time:now>>"}'),
        (200, "application/json", '{"balance":100,"debt":0,"as_of":"<<time:now>>","more":1}'),
        (200, "application/json", '{"debt":0,"balance":100,"as_of":"<<time:now>>"}'),
        (200, "application/json", '{"balance": 100, "debt": 0, "as_of": "<<time:now>>"}'),
        (200, "application/json", '{"balance":100,"debt":0,"as_of":"<<id:now>>"}'),
    ],
    ids=["status", "header", "another field", "another order", "spaces", "another kind of value"],
)
async def test_an_answer_that_is_not_the_recorded_one_is_noticed(
    ann: Person, status: int, content_type: str, body: str
) -> None:
    answer = {"status": status, "headers": {"content-type": content_type}, "body": body}
    exchange = Exchange("balance", {"method": "GET", "path": "/v1/credits"}, answer)

    assert len(await Replay(ann.api, {}).differences([exchange])) == 1
