"""
Nothing of a customer's, and no secret, is told to whoever watches: not in a log, a report, a trace or a metric.

Recognisable texts and secrets go through every operation of the OpenAPI document and every kind of work, of which many
fail, in API and worker: by what callers send wrongly, by rows that cannot be, by a PostgreSQL that refuses every
change with the row in its message, by models and receivers that answer with what they were told, and by code that
quotes it. All that left the processes is searched.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from nexus.core.door import QUIET
from tests.ai.http_server import Reply
from tests.ai.openai_server import answers, fails, refuses, says
from tests.house import Person, Servers
from tests.isolation.operations import Operation, read_operations
from tests.jobs.floor import ADJUST
from tests.jobs.quoting import WAYS
from tests.migrations.scratch import looking
from tests.seen.callers import Caller
from tests.seen.place import Place, a_place
from tests.webhooks.hooks import register

LAST_WORDS_SECONDS = 2  # what is sent in batches goes once a second
EVENTS = (
    *("request.failed", "job.broke", "job.failed", "job.completed", "webhook.attempted"),
    *("library.said", "library.warned", "thread.broke"),
)
FACTS = {"org_id", "user_id", "job_id", "route", "duration_ms", "status"}
REFUSE = """
CREATE FUNCTION quote_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cannot take %', coalesce(NEW::text, OLD::text) USING DETAIL = coalesce(NEW::text, OLD::text);
END $$
"""
REFUSE_IN = (
    "CREATE TRIGGER quote BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION quote_row()"
)
TABLES = """
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
AND table_name NOT IN ('alembic_version', 'users', 'sessions', 'refresh_tokens')
"""
SPOIL = "UPDATE jobs SET output_data = to_jsonb($2::text) WHERE organisation_id = $1 AND status = 'completed'"
WORK = {
    "summarize": {"text": "{mark} The old bridge was closed on Monday. Repairs will take until March."},
    "analyze": {"text": "{mark} The old bridge was closed on Monday. Repairs will take until March."},
    "extract": {
        "text": "{mark} The old bridge was closed on Monday.",
        "schema": {"type": "object", "properties": {"{mark}": {"type": "string"}}},
    },
}


@pytest.fixture(scope="module")
async def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """Where it is tried."""
    async with a_place(servers, tmp_path_factory.mktemp("seen")) as running:
        yield running


async def operations_of(place: Place) -> list[Operation]:
    """Every operation that the API has, what ends a session last."""
    async with httpx.AsyncClient(trust_env=False) as client:
        document = (await client.get(f"{place.api.url}/openapi.json")).json()
    found = list(read_operations(document))
    return sorted(found, key=lambda one: (one.path.endswith(("logout", "/sessions")), one.method == "DELETE", one.path))


async def work_through(place: Place, person: Person, mark: str) -> None:
    """Have every kind of work done, by a model that answers in every way, and by nobody, and wait for the end."""
    replies = [
        answers({"summary": mark, "data": {mark: mark}}),
        says(mark),
        refuses(mark),
        Reply(401, {"error": {"message": mark, "code": mark, "type": mark}}),
        Reply(500, mark),
        Reply(200, mark),
        fails(429, mark),
    ]
    jobs = []
    for reply in replies:
        for kind, body in WORK.items():
            place.model.script(reply, reply)
            jobs.append(await _submit(person, kind, _marked(body, mark)))
    jobs += [await _submit(person, "quoting", {"way": way, "text": mark}) for way in WAYS]
    await asyncio.gather(*(_ended(person, job_id) for job_id in jobs))
    place.model.forget()


async def _submit(person: Person, kind: str, body: Any) -> str:
    answer = await person.api.post(f"/{kind}", json=body, headers={"Cache-Control": "no-cache"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


async def _ended(person: Person, job_id: str) -> None:
    async with asyncio.timeout(60):
        while (await person.api.get(f"/jobs/{job_id}")).json()["status"] not in ("completed", "failed"):
            await asyncio.sleep(0.1)


def _marked(value: Any, mark: str) -> Any:
    if isinstance(value, dict):
        return {_marked(name, mark): _marked(one, mark) for name, one in value.items()}
    return value.replace("{mark}", mark) if isinstance(value, str) else value


def found_in(told: dict[str, bytes], hidden: set[str]) -> list[str]:
    """Where something was told that is to be hidden: the place, and the line."""
    return [
        f"{where}: {secret} in {line[:2000]!r}"
        for where, text in told.items()
        for secret in hidden
        if secret.encode() in text
        for line in [next(line for line in text.splitlines() if secret.encode() in line)]
    ]


@dataclass(frozen=True)
class Heard:
    """What was told, and what must not have been."""

    told: dict[str, bytes]
    lines: list[dict[str, Any]]
    marks: set[str]
    secrets: set[str]
    names: set[str]
    operations: list[Operation]
    statuses: Counter[int]


@pytest.fixture(scope="module")
async def heard(place: Place) -> AsyncIterator[Heard]:
    """Everything that API and worker told, after everything that somebody can do, and much that goes wrong."""
    operations = await operations_of(place)
    async with place.somebody() as ann, place.somebody("amy") as amy, looking(place.scratch.superuser_url) as truth:
        people = [Caller(one, truth, place.receiver.host) for one in (ann, amy)]
        for caller in people:
            await truth.execute(ADJUST, caller.person.organisation_id, 100_000)
        place.receiver.script(people[0].mark, Reply(500, people[0].mark, {"Location": people[0].mark}))
        await register(ann, place.receiver.url(people[0].mark))
        await work_through(place, ann, people[0].mark)
        await people[0].ask_as_a_stranger(operations)
        await truth.execute(SPOIL, ann.organisation_id, people[0].mark)
        await people[0].ask_in_every_way(operations)
        await _ended(amy, await _submit(amy, "quoting", {"way": "as_value", "text": people[1].mark}))
        await truth.execute(REFUSE)
        for row in await truth.fetch(TABLES):
            await truth.execute(REFUSE_IN.format(table=row[0]))
        statuses = Counter(await people[1].ask_rightly(operations))
        await asyncio.sleep(LAST_WORDS_SECONDS)
        marks, secrets = {one.mark for one in people}, people[0].handed_out | people[1].handed_out | place.secrets
        names = {ann.domain, amy.domain, "elsewhere.test"}
        yield Heard(await place.told(), place.lines(), marks, secrets, names, operations, statuses)


async def test_no_text_reaches_a_log_a_report_a_trace_or_a_metric(heard: Heard) -> None:
    assert found_in(heard.told, heard.marks) == []


async def test_no_secret_reaches_a_log_a_report_a_trace_or_a_metric(heard: Heard) -> None:
    assert found_in(heard.told, heard.secrets) == []


async def test_no_address_reaches_a_log_a_report_a_trace_or_a_metric(heard: Heard) -> None:
    assert found_in(heard.told, heard.names) == []


async def test_every_line_has_every_fact(heard: Heard) -> None:
    assert [line for line in heard.lines if not line.keys() >= FACTS] == []


async def test_what_was_searched_is_what_there_is_to_search(place: Place, heard: Heard) -> None:
    told = Counter(line["event"] for line in heard.lines)
    spans = {one.name for one in place.collector.spans}

    assert {one.path for one in heard.operations} - QUIET <= {line["route"] for line in heard.lines}
    assert heard.statuses[500] > 10, "PostgreSQL was to refuse what callers change"
    assert [event for event in EVENTS if not told[event]] == []
    assert {one["tags"]["process"] for one in place.sentry.events} == {"api", "worker"}
    assert len(heard.secrets) > 20
    assert {"job.asked", "job.attempt", "model.ask", "webhook.attempt"} <= spans
    assert all(heard.told.values())


def test_what_is_told_is_found() -> None:
    assert found_in({"a log": b"one\ntwo Zinnober three"}, {"Zinnober"}) == ["a log: Zinnober in b'two Zinnober three'"]
