"""Errors are problem documents (RFC 9457): what is wrong, what to do, and nothing of the inside."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.core.scratch import SECRET_WORDS
from tests.house import Person, refusal

JSON = {"Content-Type": "application/json"}
INSIDE = (
    *("secret_column", "hidden_table", "hiddenthing", "/srv/", "select ", "traceback", "runtimeerror", "exception"),
    *("sqlalchemy", "asyncpg", "pydantic", "starlette", "fastapi", "postgres", "nexus.", "site-packages", ".py"),
)
BODIES = {
    "a list": b"[]",
    "a number": b"3",
    "a text": b'"x"',
    "null": b"null",
    "nothing": b"",
    "half an object": b"{",
    "no UTF-8": b'{"text": "\xff"}',
    "half a character": b'{"text": "\\ud800"}',
    "NUL": b'{"text": "a\\u0000b"}',
    "not a number": b'{"text": NaN}',
    "very deep": b"[" * 100_000,
    "an unknown field": b'{"text": "x", "role": "admin"}',
    "two texts": b'{"text": ["x", "y"]}',
    "spaces alone": b'{"text": " \\n\\t "}',
}


async def _chunks(size: int) -> AsyncIterator[bytes]:
    """A body whose length nobody says beforehand."""
    for _ in range(size // 1000):
        yield b"x" * 1000
    yield b"x" * (size % 1000)


async def test_a_path_that_is_not_there_is_a_404(api: httpx.AsyncClient) -> None:
    answer = await api.get("/nowhere")

    assert refusal(answer) == (404, "not_found")
    assert answer.json().keys() == {"type", "title", "status", "detail", "code", "request_id"}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/me", "GET, HEAD"),
        ("/auth/google", "GET, HEAD, POST"),
        ("/jobs/some-id", "GET, HEAD"),
        ("/auth/refresh", "POST"),
    ],
)
async def test_a_method_that_is_not_there_is_a_405_that_names_those_that_are(
    api: httpx.AsyncClient, path: str, allowed: str
) -> None:
    answer = await api.delete(path)

    assert refusal(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("length", ["1000001", "9" * 18, "9" * 5000, "-1", "1e3", "many"])
async def test_a_body_that_says_it_is_too_large_is_a_413(api: httpx.AsyncClient, length: str) -> None:
    answer = await api.post("/auth/google", content=b"{}", headers={**JSON, "Content-Length": length})

    assert refusal(answer) == (413, "body_too_large")
    assert answer.json()["limit_bytes"] == 1_000_000


async def test_a_body_that_becomes_too_large_on_the_way_is_a_413(api: httpx.AsyncClient) -> None:
    answer = await api.post("/auth/google", content=_chunks(1_000_001), headers=JSON)

    assert refusal(answer) == (413, "body_too_large")


async def test_a_body_of_exactly_the_limit_is_read(api: httpx.AsyncClient) -> None:
    answer = await api.post("/auth/google", content=_chunks(1_000_000), headers=JSON)

    assert refusal(answer) == (422, "invalid_request")


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", "", None],
)
async def test_a_body_that_is_not_json_is_a_415(api: httpx.AsyncClient, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}

    answer = await api.post("/auth/google", content=b"{}", headers=headers)

    assert refusal(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json", "APPLICATION/JSON; charset=utf-8", "application/x+json"])
async def test_json_by_any_of_its_names_is_read(api: httpx.AsyncClient, media_type: str) -> None:
    answer = await api.post("/auth/google", content=b"{}", headers={"Content-Type": media_type})

    assert [error["field"] for error in answer.json()["errors"]] == ["id_token"]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_cannot_be_understood_is_a_422_that_names_the_field(ann: Person, body: bytes) -> None:
    answer = await ann.api.post("/summarize", content=body, headers=JSON)

    assert refusal(answer) == (422, "invalid_request")
    assert all(error["field"] in ("body", "text", "role") for error in answer.json()["errors"])
    assert answer.json()["errors"]
    assert not [word for word in INSIDE if word in answer.text.lower()]
    assert (await ann.api.get("/credits")).json()["balance"] == 100


async def test_no_more_than_twenty_errors_are_told(ann: Person) -> None:
    answer = await ann.api.post("/summarize", json={f"unknown{number}": 1 for number in range(1000)})

    assert len(answer.json()["errors"]) == 20


@pytest.mark.parametrize("path", ["/jobs/%00", "/organisations/%00", "/jobs/%ff", "/jobs/..%2f..%2fetc", "/jobs/'--"])
async def test_a_hostile_id_is_a_404_that_does_not_repeat_it(ann: Person, path: str) -> None:
    answer = await ann.api.get(path)

    assert refusal(answer) == (404, "not_found")
    assert path.rpartition("/")[2] not in answer.text


@pytest.mark.parametrize("job_type", ["%00", "a%00b", "Summarize", "a" * 41, "a%20b"])
async def test_a_job_type_that_cannot_be_one_is_a_422(ann: Person, job_type: str) -> None:
    answer = await ann.api.get(f"/jobs?job_type={job_type}")

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["job_type"]


@pytest.mark.parametrize("path", ["/scratch/unforeseen", "/scratch/wrong-statement", "/scratch/wrong-answer"])
async def test_an_error_that_nobody_foresaw_is_a_500_that_tells_nothing_of_the_inside_and_is_logged(
    scratch: httpx.AsyncClient, ann: Person, path: str
) -> None:
    headers = {"Authorization": ann.api.headers["Authorization"], "X-Request-ID": "the-unforeseen"}

    with capture_logs() as logs:
        answer = await scratch.get(path, headers=headers)

    assert refusal(answer) == (500, "internal_error")
    assert answer.json().keys() == {"type", "title", "status", "detail", "code", "request_id"}
    assert not [word for word in INSIDE if word in answer.text.lower()]
    assert [(line["event"], line.get("status")) for line in logs] == [
        ("request.failed", None),
        ("request.answered", 500),
    ]
    assert logs[0]["exc_info"]


async def test_an_unforeseen_error_leaves_the_api_able_to_answer(scratch: httpx.AsyncClient, ann: Person) -> None:
    headers = {"Authorization": ann.api.headers["Authorization"]}
    with capture_logs():
        for _ in range(20):
            await scratch.get("/scratch/wrong-statement", headers=headers)

    answer = await scratch.get("/v1/me", headers=headers)

    assert answer.status_code == 200


async def test_every_error_says_what_to_do_in_a_sentence(api: httpx.AsyncClient, ann: Person) -> None:
    answers: list[Any] = [
        await api.get("/me"),
        await api.get("/nowhere"),
        await api.put("/me"),
        await ann.api.post("/summarize", json={}),
        await api.post("/auth/google", content=b"x", headers={"Content-Type": "text/plain"}),
        await api.post("/auth/refresh", json={"refresh_token": "x"}),
        await api.post("/auth/google", json={"id_token": "x"}),
    ]

    for answer in answers:
        document = answer.json()
        assert document["type"] == f"urn:nexus:error:{document['code']}"
        assert document["status"] == answer.status_code
        assert document["detail"].count(" ") >= 4
        assert SECRET_WORDS not in document["detail"]
