"""The OpenAPI document is whole, true to the routes, and the one that is committed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from nexus.accounts.auth import AdminCaller, AnyCaller, CallerTx
from nexus.config import Settings
from nexus.core.errors import Conflict, NexusError, may_raise
from nexus.core.openapi.document import NameTaken, operations, version_of
from nexus.webhooks.models import EventType
from tests.architecture.test_documents import codes_in_code
from tests.house import ROOT, Servers, door, nexus, run_app

PROBLEM = "application/problem+json"
OF_NO_OPERATION = {
    "method_not_allowed": "a method that is not there is no operation",
    "head_too_large": "a head that is refused has not said which operation it wants",
    "not_http": "the same",
    "invalid_host": "the same",
    "target_too_long": "the same",
    "too_many_headers": "the same",
    "event_refused": "at the path of Stripe's events alone, which is not described",
    "conflict": "the tree's own; what there is has a code of its own",
}
NOT_FOR_CLIENTS = {
    ("GET", "/v1/auth/google/callback"): "only Google's redirect of a browser calls it",
    ("POST", "/v1/billing/stripe-events"): "only Stripe can sign what it takes",
    ("GET", "/openapi.json"): "the description itself",
    ("GET", "/v1/openapi.json"): "the same",
    ("GET", "/v2/openapi.json"): "the same",
    ("GET", "/docs"): "the same, for people",
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
        yield from of_contents(name, told)
    for name, path_item in document.get("webhooks", {}).items():
        yield from of_contents(name, [("request", path_item["post"]["requestBody"])])


def of_contents(name: str, told: list[tuple[str, Document]]) -> Iterator[tuple[str, Any, Document]]:
    """The examples of these bodies and answers."""
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


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("job_type", ["summarize", "analyze", "extract"])
def test_the_examples_of_submitted_work_fit_their_statuses(document: Document, version: str, job_type: str) -> None:
    operation = document["paths"][f"/{version}/{job_type}"]["post"]
    price = int(operation["summary"].split("(")[1].split()[0])
    shown = {status: answer["content"] for status, answer in operation["responses"].items() if status in ("200", "202")}
    accepted, cached = (shown[status]["application/json"]["example"] for status in ("202", "200"))
    output = jsonschema_rs.Draft202012Validator(operation["x-output-schema"] | {"components": document["components"]})

    assert (accepted["status"], accepted["cost"], accepted["cached"]) == ("pending", price, False)
    assert accepted["output_data"] is None
    assert (cached["status"], cached["cost"], cached["cached"]) == ("completed", 0, True)
    assert [error.message for error in output.iter_errors(cached["output_data"])] == []
    assert version == "v1" or (accepted["credits_remaining"], cached["credits_remaining"]) == (100 - price, 100)


def test_the_example_of_each_webhook_is_an_event_of_its_type(document: Document) -> None:
    shown = {
        name: item["post"]["requestBody"]["content"]["application/json"]["example"]
        for name, item in document["webhooks"].items()
    }

    assert {*shown} == {kind.value for kind in EventType}
    for name, event in shown.items():
        assert (event["type"], event["data"]["status"]) == (name, name.removeprefix("job."))
        assert event["data"]["refunded"] == (name == "job.failed")


def test_every_shape_of_an_error_is_whole_by_itself(document: Document) -> None:
    schemas = document["components"]["schemas"]
    fields = schemas["Problem"]["properties"].keys()
    errors = [shape for shape in schemas.values() if "const" in shape.get("properties", {}).get("code", {})]

    assert len(errors) > 20
    assert not [shape for shape in schemas.values() if "allOf" in shape]
    assert [shape for shape in errors if not fields <= shape["properties"].keys() or shape["type"] != "object"] == []
    assert [shape for shape in errors if not fields <= {*shape["required"]}] == []


def test_the_document_describes_what_clients_call_and_nothing_else(app: FastAPI, document: Document) -> None:
    described = {tuple(name.split()) for name, _ in operations(document)}
    served = {(method, str(one.path)) for one in iter_route_contexts(app.routes) for method in one.methods or ()}

    assert served - described == NOT_FOR_CLIENTS.keys()
    assert described <= served


def test_the_document_says_licence_server_events_pages_and_retries(document: Document) -> None:
    first, second = version_of(document, "v1"), version_of(document, "v2")
    in_pages = {name for name, said in operations(document) if "x-speakeasy-pagination" in said}
    with_cursor = {
        name
        for name, operation in operations(document)
        if any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    }

    assert first["info"]["license"]["identifier"] == second["info"]["license"]["identifier"] == "MIT"
    assert first["servers"] == second["servers"]
    assert "webhooks" in first
    assert "webhooks" not in second
    assert first["x-speakeasy-retries"]["statusCodes"] == ["429", "503"]
    assert in_pages == with_cursor
    assert len(in_pages) > 5


def test_the_output_of_a_job_is_typed_and_open_for_later_job_types(document: Document) -> None:
    schemas = document["components"]["schemas"]
    choices = [one.get("$ref", "").rpartition("/")[2] for one in schemas["Job"]["properties"]["output_data"]["anyOf"]]

    assert choices == ["AnalyzeOutput", "ExtractOutput", "SummarizeOutput", "OtherOutput", ""]
    assert schemas["JobAccepted"]["properties"]["output_data"] == schemas["Job"]["properties"]["output_data"]
    assert "x-any-output" not in json.dumps(document)


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
    of_jobs |= {"claim_lost", "too_many_unpaid_calls"}
    of_models = {code for code in codes_in_code() if code.startswith("model_")} - {"model_not_configured"}

    assert codes(document) == codes_in_code() - of_jobs - of_models - OF_NO_OPERATION.keys()


OF_NOBODY_SIGNED_IN = ("/v1/auth", "/health", "/metrics")


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
