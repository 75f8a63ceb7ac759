"""
The OpenAPI document as a page for people: HTML and one style sheet, no script, nothing from elsewhere.

It is made from the document alone, so that it cannot say anything else than the document does.
"""

import hashlib
import json
import shlex
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from nexus.core.openapi.samples import resolved
from nexus.core.openapi.shapes import as_json, fields_of, is_error, kind_of, name_of, paragraphs, row, table, words

Schema = dict[str, Any]

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
JSON, PROBLEM = "application/json", "application/problem+json"
FIRST_REFUSAL = "400"
BEGIN = """\
API=http://127.0.0.1:8000
TOKEN=$(nexus token --email ann@acme.test)   # in development; else the access_token of a sign-in"""


def render(document: Schema) -> str:
    """The page."""
    return "".join(_Page(document).pieces())


class _Page:
    """A page in the making: the document, and what its references lead to."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._components = document["components"]
        self._errors = {name: shape for name, shape in self._components["schemas"].items() if is_error(shape)}

    def pieces(self) -> Iterator[str]:
        info = self._document["info"]
        title = escape(info["title"])
        yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: reference</title>'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield f'<style>{STYLE}</style></head><body><a class="skip" href="#main">To the reference</a>'
        yield from self._navigation(title)
        yield f'<main id="main"><header><h1>{title}</h1>{paragraphs(info["description"])}'
        yield '<p>The same for programs: <a href="/openapi.json">the whole document</a>'
        yield "".join(f', <a href="/{version}/openapi.json">{version}</a>' for version in self._versions())
        yield f".</p><p>The examples below begin with:</p><pre><code>{escape(BEGIN)}</code></pre></header>"
        for tag in self._document["tags"]:
            yield f'<h2 id="{escape(tag["name"])}">{escape(tag["name"].capitalize())}</h2>'
            yield f'<p class="soft">{words(tag["description"])}</p>'
            yield from (self._article(*found) for found in self._of_tag(tag["name"]))
        yield from self._appendix()
        yield "<footer>Made from the OpenAPI document of this process.</footer></main></body></html>"

    def _versions(self) -> list[str]:
        first = {path.split("/")[1] for path in self._document["paths"]}
        return sorted(part for part in first if part.startswith("v") and part[1:].isdigit())

    def _of_tag(self, name: str) -> Iterator[tuple[str, str, Schema]]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                if name in operation["tags"]:
                    yield method, path, operation

    def _navigation(self, title: str) -> Iterator[str]:
        yield f'<nav aria-label="Operations"><strong>{title}</strong>'
        for tag in self._document["tags"]:
            yield f'<h2><a class="anchor" href="#{escape(tag["name"])}">{escape(tag["name"])}</a></h2><ul>'
            for method, path, operation in self._of_tag(tag["name"]):
                verb = f'<span class="verb {method}">{method.upper()}</span>'
                yield f'<li><a href="#{escape(operation["operationId"])}">{verb}<span>{escape(path)}</span></a></li>'
            yield "</ul>"
        yield '<h2>And</h2><ul><li><a href="#shapes">Shapes</a></li><li><a href="#errors">Errors</a></li></ul></nav>'

    def _article(self, method: str, path: str, operation: Schema) -> str:
        name = escape(operation["operationId"])
        marks = [
            '<span class="tag">access token</span>' if operation.get("security") else '<span class="tag">open</span>',
            '<span class="tag ends">deprecated</span>' if operation.get("deprecated") else "",
        ]
        title = f'<h3><a class="anchor" href="#{name}">{words(operation["summary"])}</a></h3>'
        asked = f'<span class="verb {method}">{method.upper()}</span> <code>{escape(path)}</code> {"".join(marks)}'
        left = f"{paragraphs(operation.get('description', ''))}{self._asked(operation)}{self._refusals(operation)}"
        right = f"<h4>Example</h4>{_curl(method, path, operation)}{self._answers(operation)}"
        return (
            f'<article id="{name}"><header>{title}<span>{asked}</span></header>'
            f'<div class="body"><div>{left}</div><div>{right}</div></div></article>'
        )

    def _asked(self, operation: Schema) -> str:
        """What goes in: parameters, and the body's fields."""
        parameters = [
            row(one["name"], one["schema"], f"In the {one['in']}. {one.get('description', '')}", must=one["required"])
            for one in operation.get("parameters", [])
        ]
        told = f"<h4>Parameters</h4>{table('name', parameters)}" if parameters else ""
        content = operation.get("requestBody", {}).get("content", {}).get(JSON)
        if content is None:
            return told
        schema = resolved(content["schema"], self._components["schemas"])
        return f"{told}<h4>Body: {kind_of(content['schema'])}</h4>{fields_of(schema)}"

    def _answers(self, operation: Schema) -> str:
        """What comes out when it goes well, and what becomes of it."""
        told = ""
        for status, answer in operation["responses"].items():
            if "$ref" in answer or status >= FIRST_REFUSAL:
                continue
            content = answer.get("content", {}).get(JSON, {})
            shape = f": {kind_of(content['schema'])}" if content else ""
            example = as_json(content["example"]) if content else ""
            told += f"<h4>Answer {status}{shape}</h4><p>{words(answer['description'])}</p>{example}"
        output = operation.get("x-output-schema")
        if output is None:
            return told
        fields = fields_of(resolved(output, self._components["schemas"]))
        return f"{told}<h4>The job's <code>output_data</code>: {kind_of(output)}</h4>{fields}"

    def _refusals(self, operation: Schema) -> str:
        """What it may be refused with: every code, with what it means."""
        rows = ""
        for status, answer in operation["responses"].items():
            if status < FIRST_REFUSAL:
                continue
            told = self._components["responses"][name_of(answer)] if "$ref" in answer else answer
            for line in told["description"].splitlines():
                rows += f"<tr><td>{status}</td><td>{self._linked(line.removeprefix('- '))}</td></tr>"
        return f"<h4>Refusals</h4><table><tbody>{rows}</tbody></table>"

    def _linked(self, line: str) -> str:
        code, _, meaning = line.partition(": ")
        bare = code.strip("`")
        known = any(bare == _code_of(shape) for shape in self._errors.values())
        return f'<a href="#error-{escape(bare)}">{words(code)}</a>: {words(meaning)}' if known else words(line)

    def _appendix(self) -> Iterator[str]:
        yield '<section class="shapes"><h2 id="shapes">Shapes</h2>'
        yield '<p class="soft">What bodies and answers are made of.</p>'
        for name, shape in self._components["schemas"].items():
            if name not in self._errors:
                told = f"{paragraphs(shape.get('description', ''))}{fields_of(shape)}"
                yield _entry(f"shape-{name}", name, "", told)
        yield '<h2 id="errors">Errors</h2><p class="soft">Every code, what it means, and an example of it.</p>'
        for shape in sorted(self._errors.values(), key=lambda one: (one["examples"][0]["status"], _code_of(one))):
            example = f"<details><summary>Example</summary>{as_json(shape['examples'][0])}</details>"
            status = f'<span class="tag">{shape["examples"][0]["status"]}</span>'
            code = _code_of(shape)
            yield _entry(f"error-{code}", code, status, f"{paragraphs(shape['description'])}{example}")
        yield "</section>"


def _entry(anchor: str, name: str, mark: str, told: str) -> str:
    """A shape or an error, with a place to link to."""
    head = f'<header><h3><a class="anchor" href="#{escape(anchor)}">{escape(name)}</a></h3>{mark}</header>'
    return f'<article id="{escape(anchor)}">{head}<div class="body">{told}</div></article>'


def _code_of(shape: Schema) -> str:
    return str(shape["examples"][0]["code"])


def _curl(method: str, path: str, operation: Schema) -> str:
    """The operation as a command that can be run."""
    asked = operation.get("parameters", [])
    for one in asked:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(one["example"]))
    query = "&".join(f"{one['name']}={one['example']}" for one in asked if one["in"] == "query" and "example" in one)
    verb = "" if method == "get" else f" -X {method.upper()}"
    parts = [f'curl -s{verb} "$API{path}{"?" if query else ""}{query}"']
    if operation.get("security"):
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += [f'-H "{one["name"]}: {one["example"]}"' for one in asked if one["in"] == "header" and "example" in one]
    content = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if content is not None:
        parts.append('-H "Content-Type: application/json"')
        parts.append(f"-d {shlex.quote(json.dumps(content['example'], ensure_ascii=False))}")
    command = " \\\n  ".join(parts)
    return f"<pre><code>{escape(command)}</code></pre>"
