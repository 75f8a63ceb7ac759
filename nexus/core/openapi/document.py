"""
The OpenAPI document, whole and per version.

FastAPI says paths, parameters and shapes. What it leaves out, or says for everybody's taste, follows here from the
routes themselves: names, errors, headers, keys, examples.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from nexus.core.errors import NexusError
from nexus.core.idempotency import HEADER, LONGEST_KEY, REPLAYED
from nexus.core.openapi.alternatives import say_security
from nexus.core.openapi.hints import RETRIES, add_pagination
from nexus.core.openapi.outputs import add_output_types
from nexus.core.openapi.refusals import (
    HEADERS,
    OF_A_KEY,
    PROBLEM,
    RATE_HEADERS,
    REQUEST_ID_HEADER,
    answers_of,
    header,
    refusals_of,
    shape_name,
    shape_of,
)
from nexus.core.openapi.samples import AN_ID, sample, with_null_fields, with_nulls
from nexus.core.ratelimit import RateLimited
from nexus.core.versions import ENDS, Ends

Document = dict[str, Any]
Schema = dict[str, Any]

SHAPES, ANSWERS = "#/components/schemas/", "#/components/responses/"
REFERENCE = SHAPES + "{model}"
VERSION_OF_EVENTS = "v1"  # an event shows a job as this version does
OUTPUT = "x-output-schema"  # what a job gives that an operation asks for: it comes later, in the job
JSON = "application/json"
FRAMEWORK_S_OWN = ("HTTPValidationError", "ValidationError")  # our 422 is a problem document
OPAQUE = ("example", "examples", "default", "const", "enum", "mapping")  # values, not schemas: left as they are
FIRST_CLAUSE = re.compile(r"[^.:,;]+")
PAGE = re.compile(r"Page_(\w+)_")
KEY_PARAMETER: Schema = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A key of your own for this request: sent again with it, nothing is done twice, and the first "
    "answer comes back. Kept for 24 hours, for your organisation.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
    "example": "order-4711",
}
REPLAYED_HEADER: Schema = {
    "description": "The request was answered before, and this is that answer.",
    "required": False,
    "schema": {"type": "string", "const": "true"},
}
OF_STATUS = {"204": "Done. There is nothing to say.", "307": "Go where `Location` says."}
LOCATION: Schema = {"description": "Where to go.", "required": True, "schema": {"type": "string"}}


class NameTaken(Exception):
    """Two operations or shapes of the description would have one name."""


class DescribedAPI(FastAPI):
    """An application that describes itself as a product."""

    ends: Ends = ENDS

    def openapi(self) -> Document:
        """The whole document, made once."""
        if not self.openapi_schema:
            self.openapi_schema = describe(self, self.ends)
        return self.openapi_schema


def describe(app: FastAPI, ends: Ends) -> Document:
    """The whole document."""
    document = _said_by_the_framework(app)
    described = document["components"]["schemas"]
    shapes = {name: with_nulls(shape, described) for name, shape in described.items()}
    add_output_types(shapes, {told[OUTPUT]["$ref"] for _, told in operations(document) if OUTPUT in told})
    kinds, shared, schemes = set[type[NexusError]](), dict[str, Schema](), dict[str, Schema]()
    for path, method, route in _routes(app):
        operation = document["paths"][path][method.lower()]
        refused = refusals_of(route, method)
        kinds.update(refused)
        _name(operation, route, deprecated=ends.of(path) is not None)
        schemes |= say_security(operation, route.dependant)
        _complete(operation, shapes, keyed=not OF_A_KEY.isdisjoint(refused))
        if RateLimited in refused:
            _say_that_it_is_limited(operation, always="security" in operation)
        _refuse(operation["responses"], refused, shared)
        add_pagination(operation, shapes)
    for path_item in document.get("webhooks", {}).values():
        _describe_webhook(path_item["post"], shapes)
    document |= RETRIES
    document["paths"] = _sorted_paths(document["paths"])
    _unique([operation["operationId"] for _, operation in operations(document)])
    problems = {shape_name(kind): shape_of(kind) for kind in kinds}
    document["components"] |= {
        "schemas": dict(sorted((shapes | {"Problem": PROBLEM} | problems).items())),
        "headers": HEADERS,
        "responses": dict(sorted(shared.items())),
        "securitySchemes": schemes,
    }
    parts = {part: _plain(document[part]) for part in ("paths", "webhooks", "components") if part in document}
    return _used(document | parts)


def _said_by_the_framework(app: FastAPI) -> Document:
    said = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        license_info=app.license_info,
        servers=app.servers,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=app.openapi_tags,
    )
    document = _renamed(said, _public_name)
    for _, operation in operations(document):
        _take_out(operation, document["components"]["schemas"])
    return document


def version_of(document: Document, version: str) -> Document:
    """What the whole document says of one version. Raises LookupError when it says nothing."""
    paths = {path: said for path, said in document["paths"].items() if path.startswith(f"/{version}/")}
    if not paths:
        raise LookupError(f"there is no version {version}")
    info = document["info"] | {"version": version.removeprefix("v")}
    rest = {part: said for part, said in document.items() if part != "webhooks" or version == VERSION_OF_EVENTS}
    return _used(rest | {"info": info, "paths": paths})


def operations(document: Document) -> Iterator[tuple[str, Schema]]:
    """Every operation, with its method and path in words."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _routes(app: FastAPI) -> Iterator[tuple[str, str, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in context.methods or ():
                yield str(context.path), method, route


def _describe_webhook(operation: Schema, shapes: dict[str, Schema]) -> None:
    """Complete what we send ourselves: the answers that the framework expects of its own routes are not ours to say."""
    for status in ("200", "422"):
        operation["responses"].pop(status, None)
    for parameter in operation["parameters"]:
        _describe_parameter(parameter, shapes)
    _show(operation["requestBody"]["content"][JSON], shapes)


def _show(content: Schema, shapes: dict[str, Schema]) -> None:
    """Show an example: the operation's own, or that of the shape."""
    if "example" in content:
        content["example"] = with_null_fields(content["example"], content["schema"], shapes)
    else:
        content["example"] = sample(content["schema"], shapes)


def _name(operation: Schema, route: APIRoute, *, deprecated: bool) -> None:
    """Names that last: the function's, and the first words of what it says it does."""
    operation["operationId"] = route.name
    clause = FIRST_CLAUSE.match(operation.get("description", ""))
    operation["summary"] = route.summary or (clause[0] if clause else route.name.replace("_", " ").capitalize())
    if deprecated:
        operation["deprecated"] = True


def _complete(operation: Schema, shapes: dict[str, Schema], *, keyed: bool) -> None:
    """Say what the framework does not: headers, keys and examples."""
    for parameter in operation.get("parameters", []):
        _describe_parameter(parameter, shapes)
    if keyed:
        operation.setdefault("parameters", []).append(KEY_PARAMETER)
    responses = operation["responses"]
    if "HTTPValidationError" in json.dumps(responses.get("422")):
        del responses["422"]
    for status, response in responses.items():
        _describe_answer(status, response, shapes)
        if keyed:
            response["headers"][REPLAYED] = REPLAYED_HEADER
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for told in [*bodies, *responses.values()]:
        for media_type, content in told.get("content", {}).items():
            if media_type == JSON:
                _show(content, shapes)


def _say_that_it_is_limited(operation: Schema, *, always: bool) -> None:
    """Say that good answers tell how the limit stands: of an organisation always, of an address where it has one."""
    for response in operation["responses"].values():
        response["headers"] |= {name: header(name, required=always) for name in RATE_HEADERS}


def _refuse(responses: Schema, refused: Sequence[type[NexusError]], shared: dict[str, Schema]) -> None:
    """Say what the operation may be refused with. What it says of a status by itself stays as it is."""
    for status, (name, answer) in answers_of(refused).items():
        if status not in responses:
            shared[name] = answer
            responses[status] = {"$ref": f"{ANSWERS}{name}"}


def _describe_answer(status: str, response: Schema, shapes: dict[str, Schema]) -> None:
    shape = response.get("content", {}).get(JSON, {}).get("schema", {}).get("$ref", "").removeprefix(SHAPES)
    if response["description"] == "Successful Response":
        words = shapes.get(shape, {}).get("description", OF_STATUS.get(status, "It is done."))
        response["description"] = " ".join(words.partition("\n\n")[0].split())
    response["headers"] = {REQUEST_ID_HEADER: {"$ref": f"#/components/headers/{REQUEST_ID_HEADER}"}} | (
        {"Location": LOCATION} if status.startswith("3") else {}
    )


def _describe_parameter(parameter: Schema, shapes: dict[str, Schema]) -> None:
    """An id says that it is one; what may be left out is not therefore null."""
    schema = parameter["schema"]
    schema.pop("description", None)
    if parameter["in"] == "path" and parameter["name"].endswith("_id"):
        schema["format"] = "uuid"
        thing = parameter["name"].removesuffix("_id").replace("_", " ")
        parameter["description"] = f"The id of the {thing}."
        parameter["example"] = AN_ID
        return
    rest = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(rest) == 1:
        del schema["anyOf"]
        schema |= rest[0]
    if "enum" in schema or "$ref" in schema or "default" in schema:
        parameter["example"] = sample(schema, shapes)


def _public_name(name: str) -> str:
    """`Job` and `JobPage` to callers, what is `JobShown` and `Page[JobShown]` to us."""
    return PAGE.sub(r"\1Page", name.replace("Shown", ""))


def _take_out(operation: Schema, shapes: dict[str, Schema]) -> None:
    """Put the shape of a job's output among the shapes."""
    output = operation.get(OUTPUT)
    if output is not None:
        shapes |= output.pop("$defs", {}) | {output["title"]: output}
        operation[OUTPUT] = {"$ref": REFERENCE.format(model=output["title"])}


def _renamed(document: Document, rename: Callable[[str], str]) -> Document:
    shapes = document["components"]["schemas"]
    _unique([rename(name) for name in shapes])
    document["components"]["schemas"] = {rename(name): shape for name, shape in shapes.items()}
    text = re.sub(rf'"{SHAPES}(\w+)"', lambda ref: f'"{SHAPES}{rename(ref[1])}"', json.dumps(document))
    renamed: Document = json.loads(text)
    return renamed


def _sorted_paths(paths: dict[str, Schema]) -> dict[str, Schema]:
    """By path, versions together: the order of the routes is ours, and changes."""
    return dict(sorted(paths.items(), key=lambda item: (not item[0].startswith("/v"), item[0])))


def _unique(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NameTaken(f"more than one is called {', '.join(twice)}")


def _plain(said: Any) -> Any:
    """Without the titles that the framework makes from every field's name."""
    if isinstance(said, list):
        return [_plain(one) for one in said]
    if not isinstance(said, dict):
        return said
    kept = {name: value for name, value in said.items() if name != "title" or not isinstance(value, str)}
    return {name: value if name in OPAQUE else _plain(value) for name, value in kept.items()}


def _used(document: Document) -> Document:
    """Only the shapes that an operation leads to, and only the tags that one has."""
    shapes, found = document["components"]["schemas"], set[str]()
    named = _refs(document["paths"], ANSWERS)
    answers = {name: answer for name, answer in document["components"]["responses"].items() if name in named}
    wanted = _refs([document["paths"], document.get("webhooks", {}), answers])
    while wanted - found:
        found |= wanted
        wanted = {name for shape in found for name in _refs(shapes[shape])}
    used = {tag for _, operation in operations(document) for tag in operation.get("tags", [])}
    kept = {name: shape for name, shape in shapes.items() if name in found | {"Problem"}}
    tags = [tag for tag in document.get("tags", []) if tag["name"] in used]
    components = document["components"] | {"schemas": kept, "responses": answers}
    return document | {"components": components} | ({"tags": tags} if tags else {})


def _refs(said: Any, kind: str = SHAPES) -> set[str]:
    return set(re.findall(rf'"{kind}(\w+)"', json.dumps(said)))
