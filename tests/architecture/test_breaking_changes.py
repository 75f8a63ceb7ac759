"""What would break a client of a released version is found, and what would not is let through."""

import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.breaking_changes import find
from tests.architecture.released import CannotCompare, breaks
from tests.house import ROOT

Document = dict[str, Any]
Change = Callable[[Document], Any]

V1: Document = json.loads((ROOT / "docs" / "openapi" / "v1.json").read_text(encoding="utf-8"))
SUBMIT, READ, LIST = "/v1/summarize", "/v1/jobs/{job_id}", "/v1/jobs"


def submit(document: Document) -> Document:
    """The operation that asks for work."""
    operation: Document = document["paths"][SUBMIT]["post"]
    return operation


def listing(document: Document) -> Document:
    """The operation that lists jobs."""
    operation: Document = document["paths"][LIST]["get"]
    return operation


def parameter(document: Document, name: str) -> Document:
    """A parameter of the list of jobs."""
    found: Document = next(one for one in listing(document)["parameters"] if one["name"] == name)
    return found


def shape(document: Document, name: str) -> Document:
    """A named shape."""
    found: Document = document["components"]["schemas"][name]
    return found


def text(document: Document) -> Document:
    """The text that is to be summarised."""
    found: Document = shape(document, "SummarizeInput")["properties"]["text"]
    return found


def ask_for(document: Document, name: str, *, required: bool) -> None:
    """Give the list of jobs another parameter."""
    listing(document)["parameters"].append(
        {"name": name, "in": "query", "required": required, "schema": {"type": "string"}}
    )


def rename_answer(document: Document) -> None:
    """Answer with another shape that has the same fields."""
    shapes = document["components"]["schemas"]
    shapes["Accepted"] = deepcopy(shapes["JobAccepted"])
    submit(document)["responses"]["202"]["content"]["application/json"]["schema"] = {
        "$ref": "#/components/schemas/Accepted"
    }


BREAKS: dict[str, Change] = {
    "POST /v1/summarize: is gone": lambda new: new["paths"].pop(SUBMIT),
    "GET /v1/jobs: is gone": lambda new: new["paths"][LIST].pop("get"),
    "operationId was 'submit_summarize'": lambda new: submit(new).update(operationId="summarise"),
    "security was": lambda new: submit(new).update(security=[{"api_key": []}]),
    "is []": lambda new: submit(new).pop("security"),
    "answer 202 is gone": lambda new: submit(new)["responses"].pop("202"),
    "answer 402 is gone": lambda new: submit(new)["responses"].pop("402"),
    "header X-Request-ID is gone": lambda new: submit(new)["responses"]["202"]["headers"].pop("X-Request-ID"),
    "header Retry-After may be missing now": lambda new: new["components"]["headers"]["Retry-After"].update(
        required=False
    ),
    "body is not application/json any more": lambda new: submit(new)["requestBody"].update(content={}),
    "body: field cached is gone": lambda new: shape(new, "JobAccepted")["properties"].pop("cached"),
    "body: field cost may be missing now": lambda new: shape(new, "JobAccepted")["required"].remove("cost"),
    "body.cost: type was integer and is string": lambda new: shape(new, "JobAccepted")["properties"].update(
        cost={"type": "string"}
    ),
    "body.job_id: type was string and is null or string": lambda new: shape(new, "JobAccepted")["properties"].update(
        job_id={"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}
    ),
    "body.job_id: format was uuid and is None": lambda new: shape(new, "JobAccepted")["properties"].update(
        job_id={"type": "string"}
    ),
    'body.status: may be other than "completed"': lambda new: shape(new, "JobStatus")["enum"].append("paused"),
    "body.items[]: field refunded is gone": lambda new: shape(new, "JobSummary")["properties"].pop("refunded"),
    "body.items[].spent: minimum was 0.0 and is None": lambda new: shape(new, "UsageDay")["properties"]["spent"].pop(
        "minimum"
    ),
    "output_data: field summary is gone": lambda new: shape(new, "SummarizeOutput")["properties"].pop("summary"),
    "body: field language is required now": lambda new: shape(new, "SummarizeInput")["required"].append("language"),
    "body: field text is gone": lambda new: shape(new, "SummarizeInput")["properties"].pop("text"),
    "body.text: maxLength was 50000 and is 40000": lambda new: text(new).update(maxLength=40_000),
    "body.text: minLength was 1 and is 2": lambda new: text(new).update(minLength=2),
    "body.text: type was string": lambda new: text(new).update(type="array"),
    "body.text: takes only": lambda new: text(new).update(enum=["one", "two"]),
    'parameter status: takes only "completed" or "failed" or "running"': lambda new: parameter(new, "status").update(
        schema={"type": "string", "enum": ["running", "completed", "failed"]}
    ),
    "parameter limit: maximum was 100 and is 50": lambda new: parameter(new, "limit")["schema"].update(maximum=50),
    "parameter cursor: pattern was None": lambda new: parameter(new, "cursor")["schema"].update(pattern="^[a-z]+$"),
    "parameter cursor (query) is gone": lambda new: listing(new)["parameters"].remove(parameter(new, "cursor")),
    "parameter page (query) is required now": lambda new: ask_for(new, "page", required=True),
    "a body is required now": lambda new: listing(new).update(
        requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    ),
}

ADDITIONS: dict[str, Change] = {
    "another way to open an operation": lambda new: submit(new)["security"].append({"api_key": ["jobs"]}),
    "another path": lambda new: new["paths"].update({"/v1/translate": new["paths"][SUBMIT]}),
    "another method": lambda new: new["paths"][READ].update(delete=new["paths"][READ]["get"]),
    "another answer": lambda new: submit(new)["responses"].update({"200": submit(new)["responses"]["202"]}),
    "another refusal": lambda new: submit(new)["responses"].update({"418": {"description": "A teapot."}}),
    "another code of a refusal": lambda new: submit(new)["responses"].update({"402": submit(new)["responses"]["409"]}),
    "another field of an answer": lambda new: shape(new, "Job")["properties"].update(priority={"type": "integer"}),
    "a field that may be sent": lambda new: shape(new, "SummarizeInput")["properties"].update(
        language={"type": "string"}
    ),
    "a parameter that may be sent": lambda new: ask_for(new, "page", required=False),
    "a wider limit": lambda new: text(new).update(maxLength=60_000),
    "a value more that is taken": lambda new: parameter(new, "status").update(schema={"type": "string"}),
    "an answer that is never null": lambda new: shape(new, "Job")["properties"].update(model={"type": "string"}),
    "another name of a shape": rename_answer,
    "other words": lambda new: submit(new).update(summary="Summarise", description="In other words."),
}


@pytest.mark.parametrize("expected", BREAKS)
def test_a_planted_break_is_found(expected: str) -> None:
    new = deepcopy(V1)
    BREAKS[expected](new)

    assert any(expected in one for one in find(V1, new)), find(V1, new)


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_addition_is_let_through(name: str) -> None:
    new = deepcopy(V1)
    ADDITIONS[name](new)

    assert new != V1
    assert find(V1, new) == []


def test_every_released_version_keeps_what_it_promised() -> None:
    assert breaks() == []


def commit(folder: Path, document: Document | None = None, name: str = "v1") -> None:
    """Commit this document as that of a version; without one, its end."""
    file = folder / "docs" / "openapi" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    if document is None:
        file.unlink()
    else:
        file.write_text(json.dumps(document), encoding="utf-8")
    who = ("-c", "user.name=ann", "-c", "user.email=ann@acme.test", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "A document")):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S607 - the git on the PATH


@pytest.fixture
def broken() -> Document:
    """A first version without the path that asks for work."""
    document = deepcopy(V1)
    document["paths"].pop(SUBMIT)
    return document


def test_a_break_is_found_however_long_ago_it_was_committed(tmp_path: Path, broken: Document) -> None:
    commit(tmp_path, V1)
    commit(tmp_path, broken)
    commit(tmp_path, broken | {"info": {"title": "NexusAPI", "version": "1", "description": "Other words."}})

    assert breaks(tmp_path) == ["v1: POST /v1/summarize: is gone"]


def test_a_break_is_found_before_it_is_committed(tmp_path: Path, broken: Document) -> None:
    commit(tmp_path, V1)

    (tmp_path / "docs" / "openapi" / "v1.json").write_text(json.dumps(broken), encoding="utf-8")

    assert breaks(tmp_path) == ["v1: POST /v1/summarize: is gone"]


def test_a_version_that_is_taken_away_is_a_break(tmp_path: Path) -> None:
    commit(tmp_path, V1)
    commit(tmp_path)

    assert "v1: GET /v1/jobs: is gone" in breaks(tmp_path)


def test_a_break_that_was_accepted_with_a_reason_is_let_through(tmp_path: Path, broken: Document) -> None:
    commit(tmp_path, V1)
    commit(tmp_path, broken)
    entry = {"version": "v1", "break": "POST /v1/summarize: is gone", "why": "Its end was announced a year ago."}
    accepted = tmp_path / "docs" / "openapi" / "accepted-breaks.json"

    accepted.write_text(json.dumps([entry | {"why": " "}]), encoding="utf-8")
    without_reason = breaks(tmp_path)
    accepted.write_text(json.dumps([entry]), encoding="utf-8")

    assert len(without_reason) == 1
    assert breaks(tmp_path) == []


def test_where_nothing_can_be_compared_nothing_is_promised(tmp_path: Path) -> None:
    with pytest.raises(CannotCompare):
        breaks(tmp_path)
