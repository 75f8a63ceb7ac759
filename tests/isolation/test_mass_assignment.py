"""Whatever is smuggled into a body changes nothing: closed shapes refuse it, in every operation that takes one."""

from typing import Any

import httpx
from fastapi import FastAPI

from tests.isolation.matrix import ask, find_id
from tests.isolation.operations import Operation, read_operations
from tests.isolation.people import Neighbours, rows_of, token_of

SMUGGLED: dict[str, Any] = {
    "organisation_id": "00000000-0000-4000-8000-000000000000",
    "role": "admin",
    "balance": 1_000_000,
    "status": "completed",
    "cost": 0,
}
OF_THEIR_OWN = {  # where a field of this name is what the operation is for
    ("PATCH", "/v1/members/{user_id}"): {"role", "status"},
    ("POST", "/v1/invitations"): {"role"},
}


def taking_a_body(document: dict[str, Any]) -> list[Operation]:
    """Every operation that takes a body."""
    operations = read_operations(document)
    return [one for one in operations if isinstance(one.body, dict)]


async def smuggle(
    client: httpx.AsyncClient, neighbours: Neighbours, operation: Operation, extra: dict[str, Any]
) -> tuple[int, Any]:
    """Ask as bob, an admin, with these fields more; how it is answered."""
    own = {name: str(await find_id(neighbours.truth, name, neighbours.bob.organisation_id)) for name in operation.ids}
    loaded = Operation(operation.method, operation.path, operation.ids, operation.query, operation.body | extra)
    status, body, _, _ = await ask(client, token_of(neighbours.bob), loaded, own)
    return status, body


async def test_no_body_takes_what_it_does_not_know(
    patient_app: FastAPI, client: httpx.AsyncClient, neighbours: Neighbours
) -> None:
    before = [await rows_of(neighbours.truth, one.organisation_id) for one in (neighbours.ann, neighbours.bob)]
    operations, taken = taking_a_body(patient_app.openapi()), []

    for operation in operations:
        for field in SMUGGLED.keys() - OF_THEIR_OWN.get((operation.method, operation.path), set()):
            status, body = await smuggle(client, neighbours, operation, {field: SMUGGLED[field]})
            named = [error["field"] for error in body.get("errors", ())]
            if status != httpx.codes.UNPROCESSABLE_ENTITY or field not in named:
                taken.append(f"{operation.method} {operation.path} takes {field}: {status}")

    after = [await rows_of(neighbours.truth, one.organisation_id) for one in (neighbours.ann, neighbours.bob)]
    assert taken == []
    assert before == after
    assert len(operations) > len(OF_THEIR_OWN)


async def test_the_same_bodies_without_it_are_read(
    patient_app: FastAPI, client: httpx.AsyncClient, neighbours: Neighbours
) -> None:
    refused = []
    for operation in taking_a_body(patient_app.openapi()):
        status, body = await smuggle(client, neighbours, operation, {})
        if status == httpx.codes.UNPROCESSABLE_ENTITY:
            refused.append((operation.path, [error["field"] for error in body["errors"]]))

    # What only a document cannot make up: an ID token, an address, a schema, a length of time.
    made_up = {"/v1/invitations", "/v1/extract", "/v1/webhooks", "/v1/webhooks/{webhook_id}"}
    made_up |= {"/v1/api-keys", "/v1/api-keys/{api_key_id}/rotate"}
    assert {path for path, _ in refused} <= made_up, refused


async def test_a_foreign_role_in_an_invitation_is_the_role_of_the_invited_alone(neighbours: Neighbours) -> None:
    answer = await neighbours.ben.api.post("/invitations", json={"email": neighbours.ben.email, "role": "admin"})

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert (await neighbours.ben.api.get("/me")).json()["user"]["role"] == "member"
