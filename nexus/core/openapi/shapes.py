"""Shapes in words and tables, for the page. Whatever comes from the document is escaped here."""

import json
import re
from html import escape
from typing import Any

from nexus.core.openapi.samples import CHOICES

Schema = dict[str, Any]

CODE = re.compile(r"`([^`]+)`")
LIMITS = (("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items"), ("minimum", "maximum", ""))


def words(text: str) -> str:
    """A sentence or two, with `code` as code."""
    return CODE.sub(r"<code>\1</code>", escape(text))


def paragraphs(text: str) -> str:
    """A text of several paragraphs."""
    return "".join(f"<p>{words(' '.join(block.split()))}</p>" for block in text.split("\n\n") if block.strip())


def as_json(value: Any) -> str:
    """A value, the way it is sent."""
    return f"<pre><code>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</code></pre>"


def name_of(schema: Schema) -> str:
    """The name that a reference leads to."""
    return str(schema["$ref"]).rpartition("/")[2]


def is_error(schema: Schema) -> bool:
    """Whether this is the shape of an error: a problem document with a code of its own."""
    fields = schema.get("properties", {})
    return "request_id" in fields and "const" in fields.get("code", {})


def kind_of(schema: Schema) -> str:
    """What a field holds, in a few words."""
    if "$ref" in schema:
        name = escape(name_of(schema))
        return f'<a href="#shape-{name}">{name}</a>'
    for word in CHOICES:
        if word in schema:
            return " or ".join(dict.fromkeys(map(kind_of, schema[word])))
    if "const" in schema or "enum" in schema:
        return " or ".join(
            f"<code>{escape(json.dumps(one))}</code>" for one in schema.get("enum", [schema.get("const")])
        )
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    return escape(f"{kind} ({schema['format']})" if "format" in schema else str(kind))


def limits_of(schema: Schema) -> str:
    """What a field may be, beyond its kind."""
    said = [
        _between(schema.get(least), schema.get(most)) + what
        for least, most, what in LIMITS
        if {least, most} & {*schema}
    ]
    if "default" in schema:
        said.append(f"{schema['default']} if left out")
    return escape("; ".join(said))


def _between(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return f"at most {most:,}" if least is None else f"at least {least:,}"
    return f"{least:,} to {most:,}"


def fields_of(schema: Schema) -> str:
    """A table of an object's fields."""
    required = schema.get("required", ())
    rows = [
        row(name, inner, inner.get("description", ""), must=name in required)
        for name, inner in schema.get("properties", {}).items()
    ]
    return table("field", rows) if rows else f"<p>{kind_of(schema)}</p>"


def row(name: str, schema: Schema, description: str, *, must: bool) -> str:
    """A field or a parameter, as a row of a table."""
    limits = limits_of(schema)
    told = [f"<p>{words(description)}</p>" if description else "", f'<p class="soft">{limits}</p>' if limits else ""]
    mark = '<span class="must">required</span>' if must else ""
    return f"<tr><td><code>{escape(name)}</code>{mark}</td><td>{kind_of(schema)}{''.join(told)}</td></tr>"


def table(heading: str, rows: list[str]) -> str:
    """Rows of fields or parameters."""
    return (
        f"<table><thead><tr><th>{heading}</th><th>what it holds</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
