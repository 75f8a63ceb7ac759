"""What a key opens: each scope its own operations, as the API's description says; and no key raises itself."""

from itertools import combinations
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from nexus.core.openapi.document import operations
from tests.accounts.keys import bearer, make_key
from tests.house import Person, refusal

# Every operation of the API, and the scope that an API key needs for it. A new operation wants a line here.
OPENED_BY = {
    "read": {
        *("GET /v1/me", "GET /v1/organisation", "GET /v1/organisations/{organisation_id}"),
        *("GET /v1/credits", "GET /v1/credits/transactions", "GET /v1/credits/usage"),
        *("GET /v1/job-types", "GET /v1/jobs", "GET /v1/jobs/{job_id}", "GET /v1/billing/packs"),
    },
    "jobs": {
        *(f"POST /{version}/{kind}" for version in ("v1", "v2") for kind in ("summarize", "analyze", "extract")),
        "POST /v1/jobs/{job_id}/cancel",
    },
    "admin": {
        *("GET /v1/organisation/export", "POST /v1/billing/checkout", "GET /v1/members"),
        *("GET /v1/invitations", "DELETE /v1/invitations/{invitation_id}"),
        *("GET /v1/audit-events", "GET /v1/audit-events/export"),
        *("GET /v1/webhooks", "POST /v1/webhook-deliveries/{delivery_id}/replay"),
        *(f"{method} /v1/webhooks/{{webhook_id}}" for method in ("GET", "DELETE")),
        *(f"POST /v1/webhooks/{{webhook_id}}/{what}" for what in ("test", "replay-failed")),
        "GET /v1/webhooks/{webhook_id}/deliveries",
        "GET /v1/webhook-deliveries/{delivery_id}",
        *("GET /v1/api-keys", "POST /v1/api-keys", "DELETE /v1/api-keys/{api_key_id}"),
        "POST /v1/api-keys/{api_key_id}/rotate",
    },
    "no key": {
        *("GET /v1/sessions", "DELETE /v1/sessions", "DELETE /v1/sessions/{session_id}"),
        *("POST /v1/invitations/accept", "POST /v1/organisation/deletion", "DELETE /v1/organisation/deletion"),
        *("POST /v1/invitations", "POST /v1/invitations/look-up", "POST /v1/invitations/{invitation_id}/resend"),
        *("PATCH /v1/members/{user_id}", "DELETE /v1/members/{user_id}", "PATCH /v1/organisation"),
        *("POST /v1/webhooks", "PATCH /v1/webhooks/{webhook_id}", "POST /v1/webhooks/{webhook_id}/rotate-secret"),
    },
}
SCOPES = ("read", "jobs", "admin")
IDS = (
    *("organisation_id", "user_id", "invitation_id", "session_id", "api_key_id"),
    *("job_id", "webhook_id", "delivery_id"),
)
LONG, LONGER = "2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z"


def told(document: dict[str, Any]) -> dict[str, set[str]]:
    """Every operation that wants somebody signed in, by the scope that the description names."""
    found: dict[str, set[str]] = {scope: set() for scope in OPENED_BY}
    for name, operation in operations(document):
        ways = operation.get("security", [])
        scopes = [scope for way in ways for scope in way.get("api_key", [])]
        for scope in scopes or (["no key"] if ways else []):
            found[scope].add(name)
    return found


async def call(api: httpx.AsyncClient, name: str, value: str) -> httpx.Response:
    """Call an operation with ids that nobody has and an empty body."""
    method, _, path = name.partition(" ")
    url = path.format(**dict.fromkeys(IDS, str(uuid4())))
    body: dict[str, Any] | None = {} if method in ("POST", "PATCH") else None
    return await api.request(method, f"http://api.test{url}", json=body, headers=bearer(value))


def test_the_description_names_the_scope_of_every_operation(app: FastAPI) -> None:
    assert told(app.openapi()) == OPENED_BY


def test_what_changes_something_is_not_opened_by_read(app: FastAPI) -> None:
    assert [name for name in told(app.openapi())["read"] if not name.startswith("GET")] == []


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_opens_its_own_operations_and_no_others(
    app: FastAPI, api: httpx.AsyncClient, ann: Person, scope: str
) -> None:
    value = (await make_key(ann, [scope]))["value"]

    refused = {
        name
        for names in told(app.openapi()).values()
        for name in names
        if (await call(api, name, value)).status_code == 403
    }

    assert refused == set[str]().union(*(names for other, names in OPENED_BY.items() if other != scope))


async def test_all_scopes_together_open_nothing_that_takes_a_person(api: httpx.AsyncClient, ann: Person) -> None:
    value = (await make_key(ann))["value"]

    answers = [await call(api, name, value) for name in sorted(OPENED_BY["no key"])]

    assert [refusal(answer) for answer in answers] == [(403, "not_allowed")] * len(OPENED_BY["no key"])


@pytest.mark.parametrize("own", [own for size in (1, 2) for own in combinations(SCOPES, size) if "admin" in own])
@pytest.mark.parametrize("wanted", [wanted for size in (1, 2, 3) for wanted in combinations(SCOPES, size)])
async def test_a_key_makes_no_key_that_may_do_more(
    api: httpx.AsyncClient, ann: Person, own: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    headers = bearer((await make_key(ann, own))["value"])

    answer = await api.post("/api-keys", headers=headers, json={"name": "more", "scopes": list(wanted)})

    assert (answer.status_code == 201) == (set(wanted) <= set(own))
    assert answer.status_code == 201 or refusal(answer) == (403, "not_allowed")


@pytest.mark.parametrize(("until", "made"), [(LONG, True), (LONGER, False), (None, False)])
async def test_a_key_makes_no_key_that_outlives_it(
    api: httpx.AsyncClient, ann: Person, until: str | None, *, made: bool
) -> None:
    headers = bearer((await make_key(ann, expires_at=LONG))["value"])

    answer = await api.post("/api-keys", headers=headers, json={"name": "x", "scopes": ["read"], "expires_at": until})

    assert answer.status_code == (201 if made else 403)


@pytest.mark.parametrize(
    ("own", "other"),
    [({"scopes": ["admin"]}, {"scopes": ["admin", "read"]}), ({"expires_at": LONG}, {"expires_at": LONGER})],
    ids=["more", "longer"],
)
async def test_a_key_gets_no_new_value_of_a_key_that_reaches_further(
    api: httpx.AsyncClient, ann: Person, own: dict[str, Any], other: dict[str, Any]
) -> None:
    mine, theirs = await make_key(ann, **own), await make_key(ann, **other)
    headers = bearer(mine["value"])

    beyond = await api.post(f"/api-keys/{theirs['id']}/rotate", headers=headers)
    itself = await api.post(f"/api-keys/{mine['id']}/rotate", headers=headers)

    assert refusal(beyond) == (403, "not_allowed")
    assert itself.status_code == 200
    assert (await api.get("/api-keys", headers=bearer(theirs["value"]))).status_code == 200


async def test_a_key_has_no_answer_replayed_that_was_given_to_somebody_else(
    api: httpx.AsyncClient, ann: Person
) -> None:
    asked: dict[str, Any] = {"json": {"name": "all", "scopes": list(SCOPES)}}
    once = {"Idempotency-Key": "make it once"}
    made = await ann.api.post("/api-keys", headers=once, **asked)
    lesser = bearer((await make_key(ann, ["admin"]))["value"])

    answer = await api.post("/api-keys", headers=lesser | once, **asked)

    assert refusal(answer) == (422, "idempotency_key_reused")
    assert made.json()["value"] not in answer.text


async def test_a_key_has_its_own_answers_replayed(api: httpx.AsyncClient, ann: Person) -> None:
    headers = bearer((await make_key(ann))["value"]) | {"Idempotency-Key": "make it once"}
    body = {"name": "another", "scopes": ["read"]}

    first, again = [await api.post("/api-keys", headers=headers, json=body) for _ in range(2)]

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json() == first.json()
