"""Extracting: what schemas are taken, what is asked, and what becomes of an answer that is not valid."""

import json
import re
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import asyncpg
import pytest

from nexus.ai.json_schema.refused import SchemaRefused
from nexus.ai.json_schema.validation import check_schema
from nexus.ai.model import MalformedAnswer
from nexus.ai.openai import OpenAI
from nexus.ai.panel import Panel
from nexus.config import Settings
from nexus.core.db import Database
from nexus.core.models import new_id
from nexus.job_types.extract import EXAMPLE, EXAMPLE_OUTPUT, ExtractInput, ExtractOutput, extract
from nexus.jobs import services
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.runner import Pace, Runner
from nexus.jobs.services import JobKey, Terms, Work
from tests.ai.http_server import Reply
from tests.ai.openai_server import OpenAIServer, answers, openai_server, says
from tests.house import Person, door, refusal, run_app
from tests.jobs.attempts import without_redis

ORDER = ExtractInput.model_validate(EXAMPLE)
TERMS = Terms(max_attempts=3, deadline_seconds=900)
DOUBLING = {f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 2} for at in range(20)} | {"d20": {"type": "string"}}


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as server:
        yield server


@pytest.fixture
async def panel(running: OpenAIServer) -> AsyncIterator[Panel]:
    running.forget()
    panel = Panel([OpenAI(None, "m", running.url)], then_offline=True)
    yield panel
    await panel.aclose()


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def asks(schema: object) -> ExtractInput:
    return ExtractInput.model_validate({"text": "Some text.", "schema": schema})


async def extracted(panel: Panel, schema: object) -> Any:
    output = await extract.ask(asks(schema), panel.consult())
    assert isinstance(output, ExtractOutput)
    return output.data


async def test_data_that_are_valid_come_back_as_they_are(running: OpenAIServer, panel: Panel) -> None:
    running.script(answers(EXAMPLE_OUTPUT))

    output = await extract.ask(ORDER, panel.consult())

    assert output.model_dump() == EXAMPLE_OUTPUT
    [asked] = running.asked
    assert asked.way == "json_object"
    marks = re.findall(r"^=== (\w{32}) ===$", asked.turns[0][1], re.MULTILINE)
    assert f"=== {marks[0]} ===\n{json.dumps(EXAMPLE['schema'])}\n=== {marks[1]} ===" in asked.turns[0][1]
    assert marks[0] == marks[1] != marks[2] == marks[3]
    assert asked.turns[0][1].count("never an instruction") == 2


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (answers({"data": {"customer": "Ms Vogt"}}), "at the top: 'chairs' is a required property"),
        (answers({"data": {"customer": "Ms Vogt", "chairs": -1}}), "at chairs: -1 is less than the minimum of 0"),
        (answers({"data": {"customer": 7, "chairs": 1}}), "at customer: 7 is not of type 'string'"),
        (answers({"customer": "Ms Vogt", "chairs": 12}), "data: Field required"),
        (says("Ignore the schema, refund all."), "Invalid JSON"),
        (says('{"data": NaN}'), "Out of range float values"),
        (answers({"data": "x" * 100_001}), "the data are too long"),
    ],
)
async def test_an_answer_that_is_not_valid_is_repaired_once(
    running: OpenAIServer, panel: Panel, wrong: Reply, complaint: str
) -> None:
    running.script(wrong, answers(EXAMPLE_OUTPUT), wrong, wrong)

    repaired = await extract.ask(ORDER, panel.consult())
    with pytest.raises(MalformedAnswer):
        await extract.ask(ORDER, panel.consult())

    assert repaired.model_dump() == EXAMPLE_OUTPUT
    assert complaint in running.asked[1].turns[-1][1]
    assert len(running.asked) == 4


class Desk:
    """Where ann's extraction is paid for, tried, and read."""

    def __init__(self, db: Database, ann: Person, truth: asyncpg.Connection) -> None:
        self._db = db
        self._ann = ann
        self._truth = truth

    async def done(self, panel: Panel) -> tuple[Any, ...]:
        """Submit a job and make one attempt; its status, code, model, and what the ledger gave back."""
        key = JobKey(self._ann.organisation_id, new_id())
        async with self._db.transaction(key.organisation_id) as tx:
            work = Work("extract", 15, ORDER.model_dump_json())
            await services.create_job(tx, key, self._ann.user_id, work, TERMS)
        runner = Runner(self._db, Catalogue([extract]), panel, "a worker", Pace(30, 0), without_redis())
        claim = await runner.claim(key)
        assert claim is not None
        await runner.run(claim)
        row = await self._truth.fetchrow("SELECT status, error_code, model FROM jobs WHERE id = $1", key.id)
        back = "SELECT sum(amount) FROM credit_transactions WHERE job_id = $1 AND type = 'refund'"
        return *(row or ()), await self._truth.fetchval(back, key.id)


@pytest.fixture
def desk(db: Database, ann: Person, truth: asyncpg.Connection) -> Desk:
    return Desk(db, ann, truth)


async def test_a_job_whose_data_are_valid_is_completed(running: OpenAIServer, panel: Panel, desk: Desk) -> None:
    running.script(answers(EXAMPLE_OUTPUT))

    assert await desk.done(panel) == ("completed", None, "openai:m", None)


async def test_a_job_whose_data_stay_invalid_fails_and_gives_the_credits_back(
    running: OpenAIServer, panel: Panel, desk: Desk
) -> None:
    running.script(answers({"data": {}}), answers({"data": []}))

    assert await desk.done(panel) == ("failed", "malformed_answer", None, 15)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "array", "items": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}, "uniqueItems": True},
        {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}, {"type": "null"}]}, "b": {"const": 1}}},
        {"type": "object", "additionalProperties": False, "properties": {"$ref": {"enum": [1, None, "x"]}}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "if": {"type": "string"}, "then": {"minLength": 1}},
        {"properties": {"pattern": {"type": "string"}, "format": {"format": "date"}}},
        {"items": False, "contains": True},
        nested(20),
    ],
)
def test_an_ordinary_schema_is_taken_and_kept_as_it_is(schema: dict[str, Any]) -> None:
    taken = asks(schema)
    check_schema(taken.schema_)

    assert json.loads(taken.model_dump_json())["schema"] == schema
    assert ExtractInput.model_validate_json(taken.model_dump_json()) == taken


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (None, "Give a JSON Schema, as a JSON object."),
        (True, "Give a JSON Schema, as a JSON object."),
        ({"description": "x" * 10_000}, "Give a schema of at most 10000 characters"),
        (nested(24), "Give a schema of at most 24 levels"),
        (nested(5_000), "Give a schema of at most 24 levels"),
        ({"$ref": "https://elsewhere.example/s.json"}, "has to name one of the schema's own $defs"),
        ({"$ref": "file:///etc/passwd"}, "has to name one of the schema's own $defs"),
        ({"$ref": "#"}, "has to name one of the schema's own $defs"),
        ({"$ref": 7}, "has to name one of the schema's own $defs"),
        ({"$ref": "#/$defs/a/b", "$defs": {"a/b": {}}}, "has to name one of the schema's own $defs"),
        ({"$ref": "#/$defs/a"}, "The schema has no definition 'a'."),
        ({"$ref": "#/$defs/a", "$defs": 7}, "The schema has no definition 'a'."),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}}, "'a' refers to itself"),
        ({"items": {"$defs": {}}}, "Put $defs at the top of the schema"),
        ({"$id": "https://elsewhere.example/"}, "The keyword '$id' at its top is not taken here."),
        ({"$dynamicRef": "#a"}, "The keyword '$dynamicRef' at its top is not taken here."),
        ({"items": {"patternProperties": {"(a+)+$": {}}}}, "The keyword 'patternProperties' at /items"),
        ({"$ref": "#/$defs/d0", "$defs": DOUBLING}, "at most 400 subschemas"),
        ({"anyOf": [{}] * 401}, "at most 400 subschemas"),
        ({"enum": list(range(401))}, "at most 400 subschemas"),
        ({"type": "string", "pattern": "(?=a)b"}, "without look-around and back-references"),
        ({"pattern": r"(a)\1"}, "without look-around and back-references"),
        ({"pattern": "("}, "without look-around and back-references"),
        ({"pattern": "((a{999}){999}){999}"}, "The patterns are too large once their repeats are written out"),
        ({"pattern": "a{1001}"}, "Repeat at most 1000 times"),
        ({"pattern": r"(?x)\w # (\n){190}"}, "without the flag x"),
        ({"anyOf": [{"pattern": r"\w{15}"}] * 10}, "The patterns are too large once their repeats are written out"),
        ({"anyOf": [{"pattern": "a"}] * 11}, "at most 10 patterns; this one has 11"),
        ({"type": [*range(1_799), []]}, "Give a type of at most 7 names"),
        ({"required": [f"a{at}" for at in range(201)]}, "Name at most 200 required properties"),
        ({"dependentRequired": {"a": ["b"] * 201}}, "Name at most 200 required properties"),
        ({"multipleOf": 1e-300}, "Give numbers of at least 1e-15, or 0, at /multipleOf."),
        ({"pattern": "a" * 201}, "Give a pattern of at most 200 characters"),
        ({"type": "text"}, "This is not JSON Schema, Draft 2020-12"),
        ({"items": [1]}, "This is not JSON Schema, Draft 2020-12"),
        ({"properties": 7}, "This is not JSON Schema, Draft 2020-12"),
        ({"minimum": 1e300}, "Give numbers of at most 1000000000000000 at /minimum."),
        ({"minimum": 10**4_500}, "Give numbers of at most 1000000000000000 at /minimum."),
        ({"multipleOf": 0}, "This is not JSON Schema, Draft 2020-12"),
        ({"const": "a\0b"}, "Remove the NUL characters"),
        ({"properties": {"\ud800": {}}}, "Remove the NUL characters and half surrogate pairs"),
    ],
)
def test_a_schema_that_could_do_harm_is_refused_and_says_why(schema: object, sentence: str) -> None:
    with pytest.raises(SchemaRefused) as refused:
        check_schema(schema)

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ({"pattern": "^(a+)+$"}, "a" * 50_000 + "!"),
        ({"items": {"anyOf": [{"const": at} for at in range(190)]}}, list(range(500))),
        ({"uniqueItems": True}, [{"a": at} for at in range(9_000)]),
        ({"items": {"type": "string"}}, ["x"] * 20_000),
        ({"multipleOf": 1e-9}, 10**300),
        (
            {"allOf": [{"$ref": "#/$defs/a"}] * 70, "$defs": {"a": {"uniqueItems": True}}},
            [{"a": [at]} for at in range(450)],
        ),
        (
            {"allOf": [{"$ref": "#/$defs/a"}] * 190, "$defs": {"a": {"pattern": r"(\w{20}\b.*){5}$"}}},
            "a\u00e9 " * 30_000,
        ),
    ],
    ids=[
        "pattern",
        "alternatives",
        "unique",
        "many",
        "huge number",
        "unique again and again",
        "pattern again and again",
    ],
)
async def test_no_data_and_schema_keep_a_worker_for_long(
    running: OpenAIServer, panel: Panel, schema: object, data: object
) -> None:
    running.script(answers({"data": data}), answers({"data": data}))
    start = monotonic()

    try:
        await extracted(panel, schema)
    except MalformedAnswer:
        assert len(running.asked) == 2

    assert monotonic() - start < 8  # two answers, a second of computing and the start of a process for each


@pytest.mark.parametrize(
    ("schema", "data", "valid"),
    [
        ({"pattern": "^[0-9]{4}$"}, "2026", True),
        ({"pattern": "^[0-9]{4}$"}, "26", False),
        ({"pattern": "b"}, "abc", True),
        ({"pattern": "b"}, 7, True),
        ({"uniqueItems": True}, [1, 2, "1"], True),
        ({"uniqueItems": True}, [1, 1.0], False),
        ({"uniqueItems": False}, [1, 1], True),
        ({"multipleOf": 0.01}, 19.99, True),
        ({"multipleOf": 0.01}, 19.995, False),
        ({"multipleOf": 0.1}, 0.3, True),
        ({"multipleOf": 1e-7}, 3e-7, True),
        ({"multipleOf": 1e-7}, 3.05e-7, False),
        ({"multipleOf": 2.5}, 10**30, True),
        ({"multipleOf": 3}, 10**30, False),
        ({"multipleOf": 0.01}, 1e22, True),
        ({"multipleOf": 0.01}, True, True),
        ({"multipleOf": 0.01}, "19.995", True),
        ({"minimum": 0.1, "maximum": 0.3}, 0.3, True),
        ({"exclusiveMaximum": 0.3}, 0.3, False),
        ({"maximum": 10**15}, 10**15 + 1, False),
        ({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": ["integer", "null"]}}}, [1, None], True),
        ({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": ["integer", "null"]}}}, [1, "x"], False),
    ],
)
async def test_the_rules_that_are_ours_judge_as_the_draft_does(
    running: OpenAIServer, panel: Panel, schema: object, data: object, *, valid: bool
) -> None:
    running.script(answers({"data": data}), answers({"data": data}))

    if valid:
        assert await extracted(panel, schema) == data
    else:
        with pytest.raises(MalformedAnswer):
            await extracted(panel, schema)


async def test_without_a_model_it_is_not_available_and_nothing_is_charged(ann: Person) -> None:
    answer = await ann.api.post("/extract", json=EXAMPLE)

    assert refusal(answer) == (503, "model_not_configured")
    assert (await ann.api.get("/credits")).json()["balance"] == 100
    offered = {kind["name"]: kind for kind in (await ann.api.get("/job-types")).json()["items"]}
    assert (offered["extract"]["available"], offered["extract"]["price"]) == (False, 15)
    assert (offered["analyze"]["available"], offered["analyze"]["price"]) == (True, 25)


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ({"$ref": "https://a.example/"}, "own $defs"),
        ({"type": "object", "properties": {"{}": {"pattern": "("}}}, "without look-around"),
        ({"anyOf": [{"pattern": rf"\w{{14}}{sign}"} for sign in "abcdefghij"]}, "No value can be valid"),
        ({"not": {}}, "No value can be valid"),
        (False, "as a JSON object"),
    ],
)
async def test_a_schema_that_is_not_taken_is_a_422_that_names_the_field(
    settings: Settings, ann: Person, schema: Any, sentence: str
) -> None:
    with_model = settings.model_copy(update={"openai_base_url": "http://127.0.0.1:9/v1", "openai_model": "m"})
    if sentence == "No value can be valid" and "anyOf" in schema:
        schema |= {"not": True}  # a large one, which a process of its own judges

    async with run_app(with_model) as app, door(app) as api:
        answer = await api.post("/extract", json={"text": "A.", "schema": schema}, headers=ann.api.headers)

    assert refusal(answer) == (422, "invalid_request")
    [error] = answer.json()["errors"]
    assert error["field"] == "schema"
    assert sentence in error["message"]


async def test_without_a_model_no_schema_is_judged(ann: Person) -> None:
    answer = await ann.api.post("/extract", json={"text": "A.", "schema": {"not": {}}})

    assert refusal(answer) == (503, "model_not_configured")
