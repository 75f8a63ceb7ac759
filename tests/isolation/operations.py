"""Every operation of the API as its OpenAPI document tells it: which ids it takes, and a body that it would accept."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Where a foreign id of each name is found: the table that holds the thing. A new name wants a line here.
TABLE_OF = {
    "organisation_id": "organisations",
    "user_id": "users",
    "job_id": "jobs",
    "webhook_id": "webhook_endpoints",
    "delivery_id": "webhook_dispatches",
    "invitation_id": "invitations",
    "api_key_id": "api_keys",
    "session_id": "sessions",
}
NOT_IDS = frozenset({"limit", "cursor", "status", "job_type", "days", "pack_id", "state", "code", "action", "format"})
METHODS = ("get", "post", "put", "patch", "delete")
SOME_TEXT = "The bridge was closed in spring. It was repaired over the summer. It opens again today."

Document = dict[str, Any]
Schema = dict[str, Any]


class UnknownParameter(Exception):
    """An operation takes something of which nobody said whose it is."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    ids: tuple[str, ...]
    query: tuple[str, ...]
    body: Any

    @property
    def in_path(self) -> list[str]:
        """The ids that stand in the path."""
        return [name for name in self.ids if f"{{{name}}}" in self.path]

    def url(self, values: dict[str, str]) -> str:
        """The path with these values in their places."""
        return self.path.format(**values)

    def parameters(self, values: dict[str, str]) -> dict[str, str]:
        """What goes into the query: ids that stand there, and as long a list as there is."""
        asked = {name: values[name] for name in self.ids if name in self.query}
        return asked | ({"limit": "100"} if "limit" in self.query else {})

    def content(self, values: dict[str, str]) -> Any:
        """The body, with these ids in it."""
        return (
            self.body
            if not isinstance(self.body, dict)
            else self.body | {k: values[k] for k in self.body if k in values}
        )


def read_operations(document: Document) -> Iterator[Operation]:
    """Every operation of a document. Raises UnknownParameter for an id that has no line in the table."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield _operation(method.upper(), path, methods[method], document)


def _operation(method: str, path: str, said: Schema, document: Document) -> Operation:
    parameters = [one for one in said.get("parameters", []) if one["in"] in ("path", "query")]
    body = _body(said, document)
    named = {one["name"] for one in parameters} | (set(body) if isinstance(body, dict) else set())
    in_path = {one["name"] for one in parameters if one["in"] == "path"}
    ids = {name for name in named if name in in_path or name == "id" or name.endswith("_id")}
    unknown = (ids | {one["name"] for one in parameters}) - TABLE_OF.keys() - NOT_IDS
    if unknown:
        raise UnknownParameter(
            f"{method} {path}: say in TABLE_OF whose {sorted(unknown)} are, or in NOT_IDS that they are none"
        )
    query = tuple(one["name"] for one in parameters if one["in"] == "query")
    return Operation(method, path, tuple(sorted(ids - NOT_IDS)), query, body)


def _body(said: Schema, document: Document) -> Any:
    content = said.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else example(content["schema"], document)


def example(schema: Schema, document: Document) -> Any:
    """A value of this schema, every field of it filled."""
    if "$ref" in schema:
        return example(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    choices = next((schema[word] for word in ("anyOf", "oneOf", "allOf") if word in schema), None)
    if choices:
        return example(choices[0], document)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "properties" in schema:
        return {name: example(inner, document) for name, inner in schema["properties"].items()}
    simple: Schema = {"boolean": True, "null": None, "integer": 1, "number": 1, "object": {}}
    kind = schema.get("type", "object")
    if kind == "array":
        return [example(schema["items"], document)]
    return schema.get("minimum", simple[kind]) if kind in simple else _text(schema)


def _text(schema: Schema) -> str:
    formats = {
        "email": "somebody@elsewhere.test",
        "uri": "https://hooks.elsewhere.test/nexus",
        "uuid": "00000000-0000-4000-8000-000000000000",
        "date-time": "2040-01-01T00:00:00Z",
    }
    return formats.get(schema.get("format", ""), SOME_TEXT[: schema.get("maxLength", len(SOME_TEXT))])
