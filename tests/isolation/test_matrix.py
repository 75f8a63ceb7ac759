"""What ann has, bob neither sees nor changes, by whatever operation and however he writes the id."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.isolation.matrix import find_leaks, unread
from tests.isolation.operations import Operation, UnknownParameter, read_operations
from tests.isolation.people import WORDS, Neighbours


def document_with(path: str, *parameters: tuple[str, str], body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A document of one operation."""
    said: dict[str, Any] = {"parameters": [{"name": name, "in": where} for name, where in parameters]}
    if body is not None:
        said["requestBody"] = {"content": {"application/json": {"schema": {"properties": body}}}}
    return {"paths": {path: {"post": said}}}


async def test_a_foreign_id_is_an_unknown_id_whatever_is_asked(
    patient_app: FastAPI, client: httpx.AsyncClient, neighbours: Neighbours
) -> None:
    assert await find_leaks(client, neighbours, patient_app.openapi()) == []


async def test_the_same_ids_are_there_for_their_owner(
    patient_app: FastAPI, client: httpx.AsyncClient, neighbours: Neighbours
) -> None:
    assert await unread(client, neighbours, patient_app.openapi()) == []


async def test_a_key_that_ann_used_is_new_to_bob(neighbours: Neighbours) -> None:
    once = {"Idempotency-Key": "the same key of both"}

    first, second = [
        await person.api.post("/summarize", json=WORDS, headers=once) for person in (neighbours.ann, neighbours.bob)
    ]

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["job_id"] != second.json()["job_id"]
    assert "idempotency-replayed" not in second.headers


async def test_the_matrix_knows_every_operation(patient_app: FastAPI) -> None:
    documented = sum(len(methods) for methods in patient_app.openapi()["paths"].values())

    assert len(list(read_operations(patient_app.openapi()))) == documented


@pytest.mark.parametrize(
    "document",
    [
        document_with("/v1/planted/{planted_id}", ("planted_id", "path")),
        document_with("/v1/planted/{name}", ("name", "path")),
        document_with("/v1/planted", ("planted_id", "query")),
        document_with("/v1/planted", ("filter", "query")),
        document_with("/v1/planted", body={"planted_id": {"type": "string"}}),
    ],
)
def test_an_id_of_which_nobody_said_whose_it_is_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(UnknownParameter):
        list(read_operations(document))


def test_an_operation_is_read_with_its_ids_and_a_body_that_it_takes() -> None:
    document = document_with("/v1/members/{user_id}", ("user_id", "path"), body={"role": {"enum": ["admin"]}})

    assert list(read_operations(document)) == [
        Operation("POST", "/v1/members/{user_id}", ("user_id",), (), {"role": "admin"})
    ]
