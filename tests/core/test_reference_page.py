"""The reference page says what the document says, to people, and loads nothing from elsewhere."""

import re
from copy import deepcopy
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nexus.core.openapi.document import operations
from nexus.core.openapi.page import render

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> `<b>`"
EMPTY = {"meta"}


class Reader(HTMLParser):
    """What a page is made of: its elements, anchors and links, and whether all that was opened was closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.anchors += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    """The whole document of the running app."""
    return app.openapi()


async def test_the_page_is_served_with_a_policy_that_lets_nothing_run_or_load(api: httpx.AsyncClient) -> None:
    answer = await api.get("http://api.test/docs")

    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_the_page_has_no_script_and_leads_nowhere_else(document: dict[str, Any]) -> None:
    page = Reader(render(document))

    assert not page.elements & {"script", "link", "img", "iframe", "form", "object", "base"}
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
    assert [link for link in page.links if not link.startswith(("#", "/"))] == []


def test_the_page_is_whole_and_every_link_in_it_leads_somewhere(document: dict[str, Any]) -> None:
    page = Reader(render(document))

    assert page.open == []
    assert len(page.anchors) == len(set(page.anchors))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.anchors)


def test_the_page_has_every_operation_every_shape_and_every_code(document: dict[str, Any]) -> None:
    anchors = set(Reader(render(document)).anchors)

    assert {operation["operationId"] for _, operation in operations(document)} <= anchors
    schemas = document["components"]["schemas"]
    problems = {name for name, shape in schemas.items() if "const" in shape.get("properties", {}).get("code", {})}
    assert {f"shape-{name}" for name in schemas.keys() - problems} <= anchors
    assert len([anchor for anchor in anchors if anchor.startswith("error-")]) == len(problems)


def test_every_operation_comes_with_a_command_that_can_be_copied(document: dict[str, Any]) -> None:
    page = render(document)

    assert page.count("<code>curl -s") == len(list(operations(document)))
    assert "curl -s -X POST &quot;$API/v2/summarize&quot;" in page
    assert not re.search(r"\$API[^&]*[{}]", page)


def test_whatever_the_document_says_is_escaped(document: dict[str, Any]) -> None:
    hostile = deepcopy(document)
    hostile["info"] |= {"title": HOSTILE, "description": HOSTILE}
    operation = hostile["paths"]["/v1/summarize"]["post"]
    operation |= {"summary": HOSTILE, "description": HOSTILE}
    operation["requestBody"]["content"]["application/json"]["example"] = {"text": HOSTILE}
    shape = hostile["components"]["schemas"]["SummarizeInput"]
    shape["properties"] = {HOSTILE: {"type": HOSTILE, "description": HOSTILE, "default": HOSTILE, "minLength": 1}}
    hostile["tags"][0]["description"] = HOSTILE

    page = Reader(render(hostile))

    assert not page.elements & {"script", "img", "b"}
    assert "onerror" not in page.attributes
