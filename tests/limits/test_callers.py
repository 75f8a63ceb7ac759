"""
Every call of somebody who is signed in counts, and says how that stands: in the window of their organisation, or of the
person where the web application calls.
"""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from tests.house import NOBODY_THERE, Person, Servers, id_token, refusal, some_domain
from tests.limits.narrow import Narrow, narrow_app, told

LIMIT, WEB, STATUS = 5, 7, 12
TEXT = {"text": "The old bridge over the Lune was closed on Monday."}
STATUS_READS = ("/credits", "/credits/transactions", "/credits/usage", "/jobs/019f9b1c-7a59-715a-a63f-23b61ad0b72a")


@pytest.fixture(scope="module")
async def narrow(servers: Servers) -> AsyncIterator[Narrow]:
    """The API with five calls in a window; seven of the web application for each person, and twelve status reads."""
    async with narrow_app(servers, rate_limit=LIMIT, web_rate_limit=WEB, status_rate_limit=STATUS) as opened:
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

    assert found == [("organisation", left) for left in (4, 3, 2, 1)]
    assert told(full) == ("organisation", 0)
    assert refusal(await narrow.api.get("/credits", headers=key)) == (429, "rate_limited")
    assert told(by_the_web) == ("status", STATUS - 1)


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


async def test_the_web_application_has_a_window_for_each_person_and_a_larger_one_for_status_reads(
    narrow: Narrow,
) -> None:
    ann = await narrow.person(web=True)

    calls = [await ann.api.get("/me") for _ in range(WEB + 1)]
    reads = [await ann.api.get(STATUS_READS[number % 4]) for number in range(STATUS + 1)]

    assert [told(answer) for answer in calls[:-1]] == [("web", left) for left in reversed(range(WEB))]
    assert [told(answer) for answer in reads[:-1]] == [("status", left) for left in reversed(range(STATUS))]
    assert {answer.status_code for answer in reads[:-1]} == {200, 404}
    assert [refusal(answers[-1]) for answers in (calls, reads)] == [(429, "rate_limited")] * 2
    assert calls[0].headers["RateLimit-Policy"] == f'"web";q={WEB};w=900'
    assert reads[0].headers["RateLimit-Policy"] == f'"status";q={STATUS};w=900'


async def test_an_admin_works_in_the_web_application_while_a_key_floods_and_revokes_it_there(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    made = (await ann.api.post("/api-keys", json={"name": "a program", "scopes": ["read"]})).json()
    key = {"Authorization": f"Bearer {made['value']}"}

    flood = [(await narrow.api.get("/credits", headers=key)).status_code for _ in range(LIMIT + 2)]
    found = [await ann.api.get(path) for path in ("/api-keys", "/members", "/audit-events", "/credits")]
    revoked = await ann.api.delete(f"/api-keys/{made['id']}")

    assert flood == [200] * LIMIT + [429] * 2
    assert [answer.status_code for answer in (*found, revoked)] == [200] * 4 + [204]
    assert told(revoked) == ("web", WEB - 5)
    assert (await narrow.api.get("/credits", headers=key)).status_code == 401


async def test_two_people_in_the_web_application_have_a_window_each(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    amy = await narrow.person(f"amy@{ann.domain}", web=True)

    found = [told(await one.api.get(path)) for path in ("/me", "/credits") for one in (ann, amy)]

    assert found == [("web", WEB - 1)] * 2 + [("status", STATUS - 1)] * 2


async def test_two_sessions_of_one_person_share_their_window(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    again = await narrow.person(ann.email, web=True)

    assert [told(await one.api.get("/me")) for one in (ann, again)] == [("web", WEB - 1), ("web", WEB - 2)]


async def test_what_the_web_application_calls_takes_nothing_from_the_organisation(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    for _ in range(WEB + 1):
        await ann.api.get("/me")
    program = await narrow.person(ann.email)

    assert told(await program.api.get("/me")) == ("organisation", LIMIT - 1)
    assert refusal(await ann.api.get("/me")) == (429, "rate_limited")


async def made_by(ann: Person, path: str, **asked: object) -> str:
    """Make a thing that can be taken away again; its path."""
    return f"{path}/{(await ann.api.post(path, json=asked)).raise_for_status().json()['id']}"


@pytest.mark.parametrize("thing", ["key", "webhook", "session", "every session", "member"])
@pytest.mark.parametrize("web", [False, True], ids=["by a program", "by the web application"])
async def test_taking_access_away_is_counted_and_never_refused(narrow: Narrow, thing: str, *, web: bool) -> None:
    ann = await narrow.person(web=web)
    amy = await narrow.person(f"amy@{ann.domain}", web=True)
    sessions = (await ann.api.get("/sessions")).json()["items"]
    path = {
        "key": await made_by(ann, "/api-keys", name="a program", scopes=["read"]),
        "webhook": await made_by(ann, "/webhooks", url=f"http://{NOBODY_THERE}/"),
        "session": f"/sessions/{sessions[0]['id']}",
        "every session": "/sessions",
        "member": f"/members/{amy.user_id}",
    }[thing]
    while (await ann.api.get("/me")).status_code == 200:
        pass

    ended = await ann.api.delete(path)

    assert (ended.status_code, told(ended)) == (204, ("web" if web else "organisation", 0))


async def test_taking_access_away_uses_up_a_call_while_there_are_some(ann: Person) -> None:
    path = await made_by(ann, "/api-keys", name="a program", scopes=["read"])

    assert told(await ann.api.delete(path)) == ("organisation", LIMIT - 2)


async def test_whoever_may_not_take_access_away_may_not_with_a_full_window_either(narrow: Narrow, ann: Person) -> None:
    amy = await narrow.person(f"amy@{ann.domain}")
    path = await made_by(ann, "/api-keys", name="a program", scopes=["read"])
    bob = await narrow.person()
    await use_up(bob)
    while (await ann.api.get("/me")).status_code == 200:
        pass

    assert refusal(await amy.api.delete(path)) == (403, "not_allowed")
    assert refusal(await bob.api.delete(path)) == (404, "not_found")


@pytest.mark.parametrize("path", STATUS_READS)
async def test_the_same_reads_of_any_other_program_count_with_everything_else(ann: Person, path: str) -> None:
    assert told(await ann.api.get(path)) == ("organisation", LIMIT - 1)


async def test_a_renewed_session_of_the_web_application_is_the_web_applications(narrow: Narrow) -> None:
    ann = await narrow.person(web=True)
    renewed = await narrow.api.post("/auth/refresh", json={"refresh_token": ann.pair["refresh_token"]})
    bearer = {"Authorization": f"Bearer {renewed.json()['access_token']}"}

    assert told(await narrow.api.get("/me", headers=bearer)) == ("web", WEB - 1)
    assert told(await narrow.api.get("/credits", headers=bearer)) == ("status", STATUS - 1)


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
