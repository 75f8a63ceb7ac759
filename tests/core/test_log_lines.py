"""A request leaves one line in the log: the facts that help, and no token, no text and no address."""

import os
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.core.conftest import Process
from tests.house import Person, wait_for

FACTS = {"org_id", "user_id", "job_id", "route", "method", "status", "duration_ms", "request_id"}
OURS = {"event", "level", "process", "timestamp"}
TEXT = "Nobody but the worker is to read this text."


async def _line(process: Process, request_id: str) -> dict[str, Any]:
    """The line of the answer to this request, once it is written."""

    async def written() -> list[dict[str, Any]]:
        return [line for line in process.lines(request_id) if line["event"] == "request.answered"]

    lines: list[dict[str, Any]] = await wait_for(written)
    assert len(lines) == 1
    return lines[0]


def _headers(person: Person | None, request_id: str) -> dict[str, str]:
    return {"X-Request-ID": request_id} | ({"Authorization": person.api.headers["Authorization"]} if person else {})


async def test_a_line_holds_the_organisation_user_job_route_status_and_time(
    process: Process, live: httpx.AsyncClient, ann: Person
) -> None:
    request_id = uuid4().hex

    answer = await live.post("/summarize", json={"text": TEXT}, headers=_headers(ann, request_id))

    line = await _line(process, request_id)
    assert line.keys() == FACTS | OURS
    assert (line["org_id"], line["user_id"]) == (str(ann.organisation_id), str(ann.user_id))
    assert (line["job_id"], line["route"]) == (answer.json()["job_id"], "/v1/summarize")
    assert (line["method"], line["status"], line["process"]) == ("POST", 202, "api")
    assert 0 < line["duration_ms"] < 5000


async def test_a_line_of_an_api_key_names_the_key_and_whoever_answers_for_it_and_never_its_value(
    process: Process, live: httpx.AsyncClient, ann: Person
) -> None:
    made = (await ann.api.post("/api-keys", json={"name": "a program", "scopes": ["read"]})).json()
    request_id = uuid4().hex

    await live.get("/me", headers={"X-Request-ID": request_id, "Authorization": f"Bearer {made['value']}"})

    line = await _line(process, request_id)
    assert line.keys() == FACTS | OURS | {"api_key_id"}
    assert (line["org_id"], line["user_id"]) == (str(ann.organisation_id), str(ann.user_id))
    assert line["api_key_id"] == made["id"]
    assert made["value"][12:] not in str(process.lines(request_id))


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [("/me", "/v1/me", 401), ("/nowhere/at/all", "unmatched", 404), ("/jobs/some-id", "/v1/jobs/{job_id}", 401)],
)
async def test_a_line_of_nobody_has_every_fact_and_never_the_path_itself(
    process: Process, live: httpx.AsyncClient, path: str, route: str, status: int
) -> None:
    request_id = uuid4().hex

    await live.get(path, headers=_headers(None, request_id))

    line = await _line(process, request_id)
    assert line.keys() == FACTS | OURS
    assert (line["org_id"], line["user_id"], line["job_id"]) == (None, None, None)
    assert (line["route"], line["status"]) == (route, status)


async def test_one_requests_facts_are_not_on_the_next_ones_line(
    process: Process, live: httpx.AsyncClient, ann: Person
) -> None:
    await live.post("/summarize", json={"text": TEXT}, headers=_headers(ann, uuid4().hex))
    request_id = uuid4().hex

    await live.get("/me", headers=_headers(None, request_id))

    line = await _line(process, request_id)
    assert (line["org_id"], line["user_id"], line["job_id"]) == (None, None, None)


async def test_no_token_no_text_and_no_address_stands_in_the_log(
    process: Process, live: httpx.AsyncClient, ann: Person
) -> None:
    request_id, refresh = uuid4().hex, {"refresh_token": ann.pair["refresh_token"]}
    await live.post("/summarize", json={"text": TEXT}, headers=_headers(ann, uuid4().hex))
    await live.post("/summarize", json={"text": TEXT, "unknown": TEXT}, headers=_headers(ann, uuid4().hex))
    await live.post("/auth/google", json={"id_token": ann.pair["access_token"]})
    pair = (await live.post("/auth/refresh", json=refresh)).json()
    await live.post("/auth/refresh", json={"refresh_token": pair["access_token"]})
    await live.get("/me?access_token=in-the-query", headers=_headers(ann, request_id))

    await _line(process, request_id)

    log = process.log.read_text()
    hidden = (ann.email, TEXT, "in-the-query", *ann.pair["access_token"].split(".")[1:], ann.pair["refresh_token"][4:])
    assert not [one for one in (*hidden, pair["refresh_token"][4:]) if one in log]


async def test_health_and_metrics_leave_no_line(process: Process, live: httpx.AsyncClient) -> None:
    request_id = uuid4().hex
    await live.get(f"{process.url}/health", headers=_headers(None, "quiet-" + request_id))
    await live.get(f"{process.url}/metrics", headers=_headers(None, "quiet-" + request_id))

    await live.get("/me", headers=_headers(None, request_id))

    await _line(process, request_id)
    assert process.lines("quiet-" + request_id) == []


async def test_a_request_over_the_wire_cannot_write_lines_of_its_own(process: Process, live: httpx.AsyncClient) -> None:
    before = len(process.log.read_bytes().splitlines())
    request_id = uuid4().hex
    await live.get('/nowhere/%0a{"event":"forged"}', headers=_headers(None, request_id))

    await _line(process, request_id)

    assert len(process.log.read_bytes().splitlines()) == before + 1
    assert os.linesep + '{"event":"forged"}' not in process.log.read_text()
