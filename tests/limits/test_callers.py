"""Every call of somebody who is signed in counts in the window of their organisation, and says how that stands."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from tests.house import Person, Servers, id_token, refusal, some_domain
from tests.limits.narrow import Narrow, narrow_app, told

LIMIT, WEB = 5, 12
TEXT = {"text": "The old bridge over the Lune was closed on Monday."}
STATUS_READS = ("/credits", "/credits/transactions", "/credits/usage", "/jobs/019f9b1c-7a59-715a-a63f-23b61ad0b72a")


@pytest.fixture(scope="module")
async def narrow(servers: Servers) -> AsyncIterator[Narrow]:
    """The API with five calls in a window, and twelve status reads of the web application."""
    async with narrow_app(servers, rate_limit=LIMIT, web_rate_limit=WEB) as opened:
        yield opened


@pytest.fixture
async def ann(narrow: Narrow) -> Person:
    """The admin of an organisation."""
    return await narrow.person()


async def use_up(person: Person) -> None:
    """Make every call that there is."""
    for _ in range(LIMIT):
        assert (await person.api.get("/me")).status_code == 200


async def left_of(person: Person) -> int:
    """How many calls are left after this one."""
    return told(await person.api.get("/me"))[1]


async def test_all_people_of_an_organisation_share_its_window_and_no_other_does(narrow: Narrow) -> None:
    ann, bob = await narrow.person(), await narrow.person()
    amy = await narrow.person(f"amy@{ann.domain}")

    found = [await left_of(one) for one in (ann, amy, ann, bob)]

    assert found == [4, 3, 2, 4]


@pytest.mark.parametrize("path", ["/me", "/credits", "/jobs", "/organisation", "/members", "/job-types"])
async def test_any_path_answers_429_when_the_window_is_full(ann: Person, path: str) -> None:
    await use_up(ann)

    answer = await ann.api.get(path)

    assert refusal(answer) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == str(answer.json()["retry_after"])
    assert told(answer) == ("organisation", 0)
    assert answer.headers["RateLimit-Policy"] == f'"organisation";q={LIMIT};w=900'
    assert f"t={answer.headers['Retry-After']}" in answer.headers["RateLimit"]


async def test_good_answers_and_bad_ones_say_how_the_window_stands(narrow: Narrow, ann: Person) -> None:
    amy = await narrow.person(f"amy@{ann.domain}")

    answers = [
        await ann.api.post("/summarize", json=TEXT),
        await ann.api.get("/jobs/unknown"),
        await ann.api.post("/summarize", json={}),
        await amy.api.get("/members"),
        await ann.api.post("/summarize", content=b"{", headers={"Content-Type": "application/json"}),
    ]

    assert [answer.status_code for answer in answers] == [202, 404, 422, 403, 422]
    assert [told(answer) for answer in answers] == [("organisation", left) for left in (4, 3, 2, 1, 0)]


async def test_a_key_shares_the_window_of_its_organisation_and_never_the_web_applications(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    made = await ann.api.post("/api-keys", json={"name": "a program", "scopes": ["read", "jobs", "admin"]})
    key = {"Authorization": f"Bearer {made.json()['value']}"}

    found = [told(await narrow.api.get(path, headers=key)) for path in ("/credits", "/me", *STATUS_READS[1:3])]
    full = await narrow.api.get("/credits", headers=key)
    by_the_web = await ann.api.get("/credits")

    assert found == [("organisation", left) for left in (3, 2, 1, 0)]
    assert refusal(full) == (429, "rate_limited")
    assert told(by_the_web) == ("web", WEB - 1)


async def test_a_key_that_does_not_hold_uses_up_nothing(narrow: Narrow, ann: Person) -> None:
    made = (await ann.api.post("/api-keys", json={"name": "a program", "scopes": ["read"]})).json()
    await ann.api.delete(f"/api-keys/{made['id']}")

    refused = await narrow.api.get("/me", headers={"Authorization": f"Bearer {made['value']}"})

    assert (refused.status_code, "RateLimit" in refused.headers) == (401, False)
    assert await left_of(ann) == LIMIT - 3


async def test_a_replayed_answer_says_how_the_window_stands_now(ann: Person) -> None:
    key = {"Idempotency-Key": "one"}

    first, again = [await ann.api.post("/summarize", json=TEXT, headers=key) for _ in range(2)]

    assert again.headers["Idempotency-Replayed"] == "true"
    assert (told(first)[1], told(again)[1]) == (4, 3)


@pytest.mark.parametrize(
    ("path", "content", "kind", "status"),
    [
        ("/summarize", b"x" * 1_000_001, "application/json", 413),
        ("/summarize", b"text", "text/plain", 415),
        ("/summarize", b"{", "application/json", 429),
        ("/jobs/unknown/cancel", b"", "application/json", 429),
    ],
)
async def test_too_large_and_not_json_come_before_too_many_and_the_rest_after(
    ann: Person, path: str, content: bytes, kind: str, status: int
) -> None:
    await use_up(ann)

    answer = await ann.api.post(path, content=content, headers={"Content-Type": kind})

    assert answer.status_code == status


async def test_not_signed_in_comes_before_too_many_and_not_allowed_after(
    narrow: Narrow, truth: asyncpg.Connection, ann: Person
) -> None:
    amy = await narrow.person(f"amy@{ann.domain}")
    await use_up(ann)

    too_many = await amy.api.get("/members")
    await truth.execute("UPDATE users SET status = 'removed' WHERE id = $1", amy.user_id)
    removed = await amy.api.get("/members")

    assert [refusal(too_many), refusal(removed)] == [(429, "rate_limited"), (401, "not_signed_in")]
    assert "RateLimit" not in removed.headers


async def test_whoever_is_not_let_in_or_signs_in_uses_up_nothing(
    narrow: Narrow, truth: asyncpg.Connection, ann: Person
) -> None:
    amy = await narrow.person(f"amy@{ann.domain}")
    await truth.execute("UPDATE users SET status = 'removed' WHERE id = $1", amy.user_id)
    for _ in range(LIMIT):
        await amy.api.get("/me")
        await ann.api.get("/me", headers={"Authorization": "Bearer nonsense"})
        await ann.api.post("/summarize", content=b"x", headers={"Content-Type": "text/plain"})
    renewed = await narrow.api.post("/auth/refresh", json={"refresh_token": ann.pair["refresh_token"]})
    again = await narrow.person(ann.email)

    assert renewed.status_code == 200
    assert await left_of(again) == LIMIT - 1


async def test_a_refused_request_costs_nothing_and_takes_no_key(ann: Person, truth: asyncpg.Connection) -> None:
    await use_up(ann)

    refused = await ann.api.post("/summarize", json=TEXT, headers={"Idempotency-Key": "one"})

    async def count(table: str) -> int:
        found: int = await truth.fetchval(
            f"SELECT count(*) FROM {table} WHERE organisation_id = $1",  # noqa: S608 - names of ours
            ann.organisation_id,
        )
        return found

    assert refusal(refused) == (429, "rate_limited")
    assert (await count("jobs"), await count("idempotency_keys"), await count("credit_transactions")) == (0, 0, 1)


async def test_status_reads_of_the_web_application_count_in_a_window_of_their_own(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    await use_up(ann)

    answers = [await ann.api.get(STATUS_READS[number % 4]) for number in range(WEB + 1)]

    assert [told(answer) for answer in answers[:-1]] == [("web", left) for left in reversed(range(WEB))]
    assert {answer.status_code for answer in answers[:-1]} == {200, 404}
    assert refusal(answers[-1]) == (429, "rate_limited")
    assert refusal(await ann.api.get("/jobs")) == (429, "rate_limited")
    assert answers[0].headers["RateLimit-Policy"] == f'"web";q={WEB};w=900'


@pytest.mark.parametrize("path", STATUS_READS)
async def test_the_same_reads_of_any_other_program_count_with_everything_else(ann: Person, path: str) -> None:
    assert told(await ann.api.get(path)) == ("organisation", LIMIT - 1)


async def test_a_renewed_session_of_the_web_application_is_the_web_applications(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    renewed = await narrow.api.post("/auth/refresh", json={"refresh_token": ann.pair["refresh_token"]})
    bearer = {"Authorization": f"Bearer {renewed.json()['access_token']}"}

    assert told(await narrow.api.get("/credits", headers=bearer)) == ("web", WEB - 1)


async def test_somebody_who_only_says_that_they_are_the_web_application_is_not(narrow: Narrow) -> None:
    answer = await narrow.api.post(
        "/auth/google",
        json={"id_token": await id_token(narrow.idp, f"ann@{some_domain()}"), "web_client_secret": "a guess"},
    )

    assert refusal(answer) == (401, "invalid_identity")


async def test_a_path_that_is_not_there_counts_nothing(ann: Person) -> None:
    answers: list[httpx.Response] = [await ann.api.get("/nowhere") for _ in range(LIMIT)]

    assert {answer.status_code for answer in answers} == {404}
    assert await left_of(ann) == LIMIT - 1
