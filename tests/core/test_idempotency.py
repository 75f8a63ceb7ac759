"""A request that is sent again with its key does nothing again: it gets the first answer."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg
import httpx
import pytest

from nexus.core.db import Database
from nexus.credits import services as credits
from tests.house import Person, Servers, id_token, refusal

TEXT = "A text that nobody should find in the table of keys."
JSON = {"Content-Type": "application/json"}
DEEP = b"[" * 20_000


def keyed(key: str | None = None, **headers: str) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Idempotency-Key": key or uuid4().hex, **headers}


async def jobs_of(truth: asyncpg.Connection, person: Person) -> int:
    """How many jobs there are."""
    return int(await truth.fetchval("SELECT count(*) FROM jobs WHERE organisation_id = $1", person.organisation_id))


async def balance(person: Person) -> int:
    """What is left."""
    return int((await person.api.get("/credits")).json()["balance"])


async def test_the_same_request_gets_the_first_answer_byte_for_byte_and_is_charged_once(
    ann: Person, truth: asyncpg.Connection
) -> None:
    headers = keyed()

    first = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)
    again = [await ann.api.post("/summarize", json={"text": TEXT}, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in again] == [first.status_code] * 2 == [202] * 2
    assert [answer.content for answer in again] == [first.content] * 2
    assert [answer.headers["content-type"] for answer in again] == [first.headers["content-type"]] * 2
    assert "Idempotency-Replayed" not in first.headers
    assert [answer.headers["Idempotency-Replayed"] for answer in again] == ["true"] * 2
    assert (await jobs_of(truth, ann), await balance(ann)) == (1, 90)


async def test_without_a_key_every_request_is_its_own(ann: Person, truth: asyncpg.Connection) -> None:
    for _ in range(2):
        await ann.api.post("/summarize", json={"text": TEXT})

    assert (await jobs_of(truth, ann), await balance(ann)) == (2, 80)


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(b'{ "text" :   "x y" }', id="spaces"),
        pytest.param(b'\n{"text":"\\u0078 y"}\n', id="escapes"),
    ],
)
async def test_the_same_body_in_another_spelling_is_the_same_request(
    ann: Person, truth: asyncpg.Connection, spelling: bytes
) -> None:
    headers = keyed() | JSON
    first = await ann.api.post("/summarize", content=b'{"text":"x y"}', headers=headers)

    again = await ann.api.post("/summarize", content=spelling, headers=headers)

    assert (again.status_code, again.content) == (202, first.content)
    assert await jobs_of(truth, ann) == 1


@pytest.mark.parametrize(
    "another",
    [
        pytest.param(
            lambda api, headers: api.post("/summarize", json={"text": "Another."}, headers=headers), id="body"
        ),
        pytest.param(lambda api, headers: api.post("/summarize", json={}, headers=headers), id="invalid body"),
        pytest.param(
            lambda api, headers: api.post("/summarize", content=b"{", headers=headers | JSON), id="unreadable body"
        ),
        pytest.param(lambda api, headers: api.post(f"/jobs/{uuid4()}/cancel", headers=headers), id="path"),
    ],
)
async def test_the_same_key_with_another_request_is_refused(
    ann: Person, truth: asyncpg.Connection, another: Callable[..., Awaitable[httpx.Response]]
) -> None:
    headers = keyed()
    await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)

    answer = await another(ann.api, headers)

    assert refusal(answer) == (422, "idempotency_key_reused")
    assert await jobs_of(truth, ann) == 1


async def test_the_same_key_and_body_on_another_path_are_refused(ann: Person) -> None:
    one, other = [(await ann.api.post("/summarize", json={"text": TEXT})).json()["job_id"] for _ in range(2)]
    headers = keyed()
    await ann.api.post(f"/jobs/{one}/cancel", headers=headers)

    answer = await ann.api.post(f"/jobs/{other}/cancel", headers=headers)

    assert refusal(answer) == (422, "idempotency_key_reused")
    assert (await ann.api.get(f"/jobs/{other}")).json()["status"] == "pending"


@pytest.mark.parametrize("key", ["", "x" * 256, "with\ttab"])
async def test_a_key_that_cannot_be_one_is_refused(ann: Person, truth: asyncpg.Connection, key: str) -> None:
    answer = await ann.api.post("/summarize", json={"text": TEXT}, headers={"Idempotency-Key": key})

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert await jobs_of(truth, ann) == 0


async def test_the_longest_key_is_taken(ann: Person) -> None:
    answer = await ann.api.post("/summarize", json={"text": TEXT}, headers=keyed("x" * 255))

    assert answer.status_code == 202


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", DEEP, b'{"text":' + DEEP, b"9" * 10_000, b"NaN"])
async def test_a_body_that_cannot_be_read_is_refused_with_a_key_as_without(ann: Person, body: bytes) -> None:
    plain = await ann.api.post("/summarize", content=body, headers=JSON)

    answer = await ann.api.post("/summarize", content=body, headers=keyed() | JSON)

    assert refusal(answer) == refusal(plain) == (422, "invalid_request")


async def test_fifty_at_once_make_one_job_and_one_charge(ann: Person, truth: asyncpg.Connection) -> None:
    headers = keyed()

    answers = await asyncio.gather(
        *(ann.api.post("/summarize", json={"text": TEXT}, headers=headers) for _ in range(50))
    )

    told = {answer.content for answer in answers if answer.status_code == 202}
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len(told) == 1
    assert (await jobs_of(truth, ann), await balance(ann)) == (1, 90)


async def test_what_was_refused_for_want_of_credits_is_tried_afresh_after_a_grant(
    ann: Person, db: Database, truth: asyncpg.Connection
) -> None:
    for _ in range(10):
        await ann.api.post("/summarize", json={"text": TEXT})
    headers = keyed()
    refused = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)
    async with db.system() as tx:
        await credits.grant(tx, ann.organisation_id, 10, "test")

    answer = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert refusal(refused) == (402, "insufficient_credits")
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (202, False)
    assert (await jobs_of(truth, ann), await balance(ann)) == (11, 0)


async def test_what_was_refused_as_invalid_may_be_corrected_with_the_same_key(ann: Person) -> None:
    headers = keyed()
    refused = await ann.api.post("/summarize", json={"text": ""}, headers=headers)

    answer = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert (refused.status_code, answer.status_code) == (422, 202)


async def test_a_key_belongs_to_one_organisation(ann: Person, bob: Person) -> None:
    headers = keyed()

    anns = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)
    bobs = await bob.api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert (anns.status_code, bobs.status_code) == (202, 202)
    assert anns.json()["job_id"] != bobs.json()["job_id"]
    assert (await bob.api.get(f"/jobs/{bobs.json()['job_id']}")).status_code == 200


async def test_everybody_of_the_organisation_shares_its_keys(ann: Person, amy: Person) -> None:
    headers = keyed()

    anns = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)
    amys = await amy.api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert amys.content == anns.content


@pytest.mark.parametrize("path", ["/jobs", "/credits"])
async def test_reading_knows_no_keys(ann: Person, truth: asyncpg.Connection, path: str) -> None:
    headers = keyed()

    answers = [await ann.api.get(path, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert not await truth.fetchval(
        "SELECT count(*) FROM idempotency_keys WHERE organisation_id = $1", ann.organisation_id
    )


async def test_a_cancel_is_replayed_too(ann: Person) -> None:
    job_id = (await ann.api.post("/summarize", json={"text": TEXT})).json()["job_id"]
    headers = keyed()

    first = await ann.api.post(f"/jobs/{job_id}/cancel", headers=headers)
    again = await ann.api.post(f"/jobs/{job_id}/cancel", headers=headers)
    with_another_key = await ann.api.post(f"/jobs/{job_id}/cancel", headers=keyed())

    assert (again.status_code, again.content) == (200, first.content)
    assert refusal(with_another_key) == (409, "job_is_settled")


async def test_signing_in_takes_no_notice_of_a_key(api: httpx.AsyncClient, servers: Servers, ann: Person) -> None:
    token = await id_token(servers.idp, ann.email)

    answers = [
        await api.post("/auth/google", json={"id_token": token}, headers=keyed("the same key")) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["access_token"] != answers[1].json()["access_token"]
