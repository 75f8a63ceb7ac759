"""The OpenAPI document is whole, true to the routes, and the one that is committed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from fastapi import APIRouter, FastAPI

from nexus.accounts.auth import AdminCaller, AnyCaller, CallerTx
from nexus.config import Settings
from nexus.core.errors import Conflict, NexusError, may_raise
from nexus.core.openapi.document import NameTaken, operations, version_of
from tests.architecture.test_documents import codes_in_code
from tests.house import ROOT, Servers, door, nexus, run_app

PROBLEM = "application/problem+json"
OF_NO_OPERATION = {
    "method_not_allowed": "a method that is not there is no operation",
    "head_too_large": "a head that is refused has not said which operation it wants",
    "not_http": "the same",
    "conflict": "the tree's own; what there is has a code of its own",
}
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document(app: FastAPI) -> Document:
    """The whole document of the running app."""
    return app.openapi()


def named(document: Document, said: Document) -> Document:
    """What is said, its reference followed."""
    if "$ref" not in said:
        return said
    kind, name = said["$ref"].split("/")[-2:]
    found: Document = document["components"][kind][name]
    return found


def answers(document: Document, operation: Document) -> Iterator[tuple[str, Document]]:
    """Every answer of an operation, by status."""
    for status, answer in operation["responses"].items():
        yield status, named(document, answer)


def examples(document: Document) -> Iterator[tuple[str, Any, Document]]:
    """Every example of a body or answer, where it stands, and the schema that it is to keep."""
    for name, operation in operations(document):
        told = [("request", operation.get("requestBody", {})), *answers(document, operation)]
        contents = [(where, content) for where, one in told for content in one.get("content", {}).values()]
        for where, content in contents:
            shown = [content["example"]] if "example" in content else []
            shown += [example["value"] for example in content.get("examples", {}).values()]
            yield from ((f"{name} {where}", value, content["schema"]) for value in shown)


def codes(document: Document) -> set[str]:
    """Every error code that an operation is said to answer with."""
    shown = (value for _, value, _ in examples(document) if isinstance(value, dict))
    return {str(value["code"]) for value in shown if "request_id" in value}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_committed_document_is_what_the_running_api_says(document: Document, version: str) -> None:
    committed = json.loads((ROOT / "docs" / "openapi" / f"{version}.json").read_text(encoding="utf-8"))

    assert version_of(document, version) == committed, f"docs/openapi/{version}.json is not this: run `make openapi`"


@pytest.mark.parametrize("path", ["openapi.json", "v1/openapi.json", "v2/openapi.json"])
async def test_the_documents_are_served(api: httpx.AsyncClient, document: Document, path: str) -> None:
    answer = await api.get(f"http://api.test/{path}")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == (version_of(document, path[:2]) if path[0] == "v" else document)


def test_the_command_line_writes_one_version(servers: Servers, document: Document, tmp_path: Path) -> None:
    nexus("openapi", "--version", "v2", "--output", str(tmp_path / "v2.json"), environment=servers.environment)

    assert json.loads((tmp_path / "v2.json").read_text(encoding="utf-8")) == version_of(document, "v2")


def test_the_command_line_knows_no_version_that_there_is_not(servers: Servers) -> None:
    done = nexus("openapi", "--version", "v9", environment=servers.environment, status=2)

    assert "there is no version v9" in done.stderr


def test_the_versions_and_what_has_none_are_the_whole(document: Document) -> None:
    paths = {*version_of(document, "v1")["paths"], *version_of(document, "v2")["paths"]}

    assert document["paths"].keys() - paths == {"/health", "/health/live", "/metrics"}


def test_a_version_holds_no_shape_that_none_of_its_operations_leads_to(document: Document) -> None:
    second = version_of(document, "v2")

    assert "JobAcceptedV2" in second["components"]["schemas"]
    assert not {"JobAccepted", "Job", "TokenPair"} & second["components"]["schemas"].keys()


def test_every_operation_is_named_told_and_in_its_place(document: Document) -> None:
    tags = {tag["name"] for tag in document["tags"] if tag["description"]}
    wanting = [
        name
        for name, operation in operations(document)
        if not (operation["operationId"].isidentifier() and operation["summary"] and operation["description"])
        or not {*operation["tags"]} <= tags
    ]

    assert wanting == []
    assert document["paths"]["/v1/jobs/{job_id}"]["get"]["operationId"] == "read_job"
    assert document["paths"]["/v2/summarize"]["post"]["operationId"] == "submit_summarize_v2"


def test_every_body_and_every_answer_has_an_example_that_keeps_its_schema(document: Document) -> None:
    shown, wrong = set(), []
    for where, value, schema in examples(document):
        shown.add(where)
        validator = jsonschema_rs.Draft202012Validator(schema | {"components": document["components"]})
        wrong += [f"{where}: {error.message}" for error in validator.iter_errors(value)]

    assert wrong == []
    for name, operation in operations(document):
        told = answers(document, operation)
        in_json = [status for status, one in told if "application/json" in one.get("content", {})]
        assert {f"{name} {status}" for status in in_json} <= shown
        assert "requestBody" not in operation or f"{name} request" in shown


def test_an_example_that_does_not_keep_its_schema_is_found(document: Document) -> None:
    schema = {"$ref": "#/components/schemas/JobAccepted", "components": document["components"]}

    assert not jsonschema_rs.Draft202012Validator(schema).is_valid({"job_id": "x"})


def test_every_refusal_is_a_problem_with_an_example_of_each_of_its_codes(document: Document) -> None:
    for name, operation in operations(document):
        for status, answer in answers(document, operation):
            if status >= "400" and PROBLEM in answer["content"]:
                shown = answer["content"][PROBLEM]["examples"]
                assert shown, f"{name} {status}"
                assert {example["value"]["status"] for example in shown.values()} == {int(status)}
                assert {example["value"]["code"] for example in shown.values()} == shown.keys()


def test_every_code_that_the_api_knows_is_an_answer_of_some_operation(document: Document) -> None:
    of_jobs = {"cancelled", "deadline_exceeded", "worker_lost", "released", "invalid_input", "malformed_answer"}
    of_models = {code for code in codes_in_code() if code.startswith("model_")} - {"model_not_configured"}

    assert codes(document) == codes_in_code() - of_jobs - of_models - OF_NO_OPERATION.keys()


OF_NOBODY_SIGNED_IN = ("/v1/auth", "/v1/billing/stripe-events", "/health", "/metrics")


def test_whoever_must_be_signed_in_is_told_so(document: Document) -> None:
    for name, operation in operations(document):
        signed_in = {"access_token": []} in operation.get("security", [])
        assert signed_in == (not name.split()[1].startswith(OF_NOBODY_SIGNED_IN)), name
        assert not signed_in or "401" in operation["responses"], name


def test_whoever_is_counted_is_told_how_their_window_stands(document: Document) -> None:
    fields = {"RateLimit", "RateLimit-Policy"}
    for name, operation in operations(document):
        told = dict(answers(document, operation))
        counted = "security" in operation or name.split()[1].startswith("/v1/auth")
        assert ("429" in told) == counted, name
        if counted:
            assert fields | {"Retry-After", "X-Request-ID"} == told["429"]["headers"].keys(), name
            done = [answer["headers"] for status, answer in told.items() if status < "400"]
            required = [all(named(document, headers[field])["required"] for field in fields) for headers in done]
            assert required == ["security" in operation] * len(done), name


def test_what_creates_or_spends_takes_a_key(document: Document) -> None:
    for name, operation in operations(document):
        keys = [one for one in operation.get("parameters", []) if one["name"] == "Idempotency-Key"]
        wanted = name.startswith("POST") and "security" in operation
        done = next(answer for status, answer in answers(document, operation) if status < "400")
        assert (len(keys), "Idempotency-Replayed" in done["headers"]) == (int(wanted), wanted), name


def test_every_answer_has_its_request_id_and_says_when_to_come_back(document: Document) -> None:
    for name, operation in operations(document):
        for status, answer in answers(document, operation):
            assert "X-Request-ID" in answer["headers"], f"{name} {status}"
            assert status != "503" or PROBLEM not in answer["content"] or "Retry-After" in answer["headers"], name


def test_nothing_of_the_framework_is_in_the_document(document: Document) -> None:
    text = json.dumps(document)

    assert not [word for word in ("HTTPValidationError", "Successful Response", "Shown", "Page_") if word in text]


async def test_a_new_route_is_described_without_a_word_about_its_errors(settings: Settings) -> None:
    class Planted(Conflict):
        code = "planted_in_a_document"

    router = APIRouter(prefix="/v1", tags=["accounts"])

    @router.post("/planted/{planted_id}", status_code=201)
    @may_raise(Planted)
    async def plant(planted_id: str, caller: AdminCaller, tx: CallerTx) -> dict[str, str]:
        """Plant something: it grows."""
        raise NotImplementedError

    async with run_app(settings) as app:
        app.include_router(router)
        operation = app.openapi()["paths"]["/v1/planted/{planted_id}"]["post"]
        told = codes(app.openapi() | {"paths": {"/": {"post": operation}}})

    assert (operation["operationId"], operation["summary"]) == ("plant", "Plant something")
    assert operation["parameters"][0]["schema"] == {"type": "string", "format": "uuid"}
    assert told == {
        *("not_signed_in", "not_allowed", "not_found", "planted_in_a_document", "idempotency_in_progress"),
        *("body_too_large", "unsupported_media_type", "invalid_request", "idempotency_key_reused"),
        *("internal_error", "unavailable", "rate_limited"),
    }
    del Planted.code


async def test_two_operations_of_one_name_are_refused(settings: Settings) -> None:
    router = APIRouter(prefix="/v1/other", tags=["jobs"])

    @router.get("/jobs")
    async def read_job(caller: AnyCaller) -> None: ...

    async with run_app(settings) as app:
        app.include_router(router)

        with pytest.raises(NameTaken, match="read_job"):
            app.openapi()


def test_every_error_can_be_shown_by_its_example() -> None:
    def kinds(of: type[NexusError]) -> Iterator[type[NexusError]]:
        yield of
        for below in of.__subclasses__():
            yield from kinds(below)

    for kind in kinds(NexusError):
        assert kind(*kind.example).detail.count(" ") >= 3, kind


async def test_who_is_not_signed_in_may_read_the_description(settings: Settings) -> None:
    async with run_app(settings) as app, door(app) as anybody:
        answer = await anybody.get("http://api.test/openapi.json")

    assert answer.status_code == 200
