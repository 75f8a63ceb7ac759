"""
Requests that are made to take time or memory: schemas, patterns, cookies, headers, names and texts.

Every kind is a function of a random generator, so that a seed repeats its requests.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

LONGEST_TEXT = 50_000
BLOWN_UP = [
    r"\w{%d}",
    r"(\w{%d}){20}",
    r"((a?){%d}){20}",
    r"(a{1,%d}){1,50}",
    r"\p{L}{%d}",
    r"(?:[^a]{%d}|b)*c",
    r"(x+x+)+y{%d}",
    r"[\w\W]{%d}\d{100}",
    r"^(([a-z])+.)+[A-Z]{%d}$",
]
DROPS = ["\n", " ", "`", "*", "> ", "(", "[", "{", "- ", "1.", "</", "\u200b", "\u0301", "ﷺ", "&amp;", '"', "\\", "_"]


@dataclass(frozen=True)
class HostileRequest:
    """One request: the method, the path, and what goes with it."""

    kind: str
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def pattern(random: Random) -> str:
    """A short pattern that compiles to much."""
    chosen = random.choice(BLOWN_UP) % random.choice([50, 190, 500, 999])
    return chosen + random.choice(["", "a", "|b", f"{{{random.randint(1, 9)}}}"])


def patterns(random: Random) -> dict[str, Any]:
    """Many different patterns."""
    return {"anyOf": [{"pattern": pattern(random)} for _ in range(random.choice([1, 10, 100, 300]))]}


def long_lists(random: Random) -> dict[str, Any]:
    """Lists of keywords whose entries are compared with each other."""
    entries = random.choice([100, 1800, 4000])
    return random.choice(
        [
            {"type": [*range(entries), []]},
            {"required": [f"name{number}" for number in range(entries)]},
            {"enum": [[number] for number in range(entries)]},
            {"type": "array", "uniqueItems": True, "items": {"enum": [*range(entries), []]}},
        ]
    )


def deep(random: Random) -> dict[str, Any]:
    """Subschemas in subschemas."""
    schema: dict[str, Any] = {"type": "string", "pattern": pattern(random)}
    for _ in range(random.choice([5, 20, 60, 300])):
        schema = random.choice([{"allOf": [schema, schema]}, {"not": schema}, {"items": schema}, {"anyOf": [schema]}])
        if len(json.dumps(schema)) > LONGEST_TEXT:
            break
    return schema


def references(random: Random) -> dict[str, Any]:
    """Definitions that each name the next one twice."""
    levels = random.choice([5, 12, 30])
    named = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**named, f"d{levels}": {"pattern": pattern(random)}}, "$ref": "#/$defs/d0"}


def numbers(random: Random) -> dict[str, Any]:
    """Numbers that take long to compare or to divide."""
    return random.choice(
        [
            {"multipleOf": 1e-300},
            {"minimum": 10**300, "multipleOf": 3},
            {"minLength": 10**15, "maxLength": 10**15},
            {"minItems": 10**9, "maxItems": 10**9, "items": {"pattern": pattern(random)}},
        ]
    )


def text(random: Random) -> str:
    """A text of one thing many times, which takes a careless pattern quadratic time."""
    drop = random.choice(DROPS) + random.choice(["", random.choice(DROPS)])
    return ("Lune. " + drop * LONGEST_TEXT)[:LONGEST_TEXT]


def cookie(random: Random) -> str:
    """A cookie that takes a careless parser quadratic time."""
    length = random.choice([1_000, 30_000, 60_000])
    return 'a="' + random.choice(["\\", "\\1", "=", ";", '"']) * length + '"'


def header(random: Random) -> dict[str, str]:
    """A header of many parts."""
    name = random.choice(["X-Forwarded-For", "Accept", "If-None-Match", "Range", "Content-Type", "Authorization"])
    return {name: random.choice(["1,", '"', ";q=0.1,", "=?utf-8?q?=0D=0A", "bytes=0-1,", " "]) * 8_000 + "x"}


def name(random: Random) -> str:
    """A name that writes something else where it is shown, or cannot be seen."""
    return random.choice(
        [
            "=?utf-8?q?a=0D=0AFrom:_b=40c.test?=" * random.randint(1, 6),
            random.choice("\u200b\u202e\u2028\u0085\u3164\u2800") * random.choice([1, 200, 100_000]),
            "e" + "\u0301" * random.choice([10, 199, 100_000]),
            "https://a.test/" + "x" * 180,
        ]
    )


def _extract(kind: str, schema: Callable[[Random], dict[str, Any]]) -> Callable[[Random], HostileRequest]:
    def request(random: Random) -> HostileRequest:
        body = {"text": f"Ms Vogt ordered {random.random()} chairs.", "schema": schema(random)}
        return HostileRequest(kind, "POST", "/extract", body)

    return request


def _text_job(random: Random) -> HostileRequest:
    body = {"text": text(random) if random.random() < 0.9 else "\u200b" * 3}
    return HostileRequest("text", "POST", random.choice(["/summarize", "/analyze"]), body)


def _name(random: Random) -> HostileRequest:
    return random.choice(
        [
            HostileRequest("name", "PATCH", "/organisation", {"name": name(random)}),
            HostileRequest("name", "POST", "/api-keys", {"name": name(random), "scopes": ["read"]}),
            HostileRequest("name", "POST", "/invitations", {"email": f"{name(random)}@b.test", "role": "member"}),
            HostileRequest("name", "POST", "/webhooks", {"url": f"https://{name(random)}.test/"}),
        ]
    )


KINDS: tuple[Callable[[Random], HostileRequest], ...] = (
    _extract("pattern", patterns),
    _extract("pattern", lambda random: {"type": "object", "properties": {"a": {"pattern": pattern(random)}}}),
    _extract("list", long_lists),
    _extract("depth", deep),
    _extract("reference", references),
    _extract("number", numbers),
    _text_job,
    _text_job,
    _name,
    lambda random: HostileRequest("cookie", "GET", "/me", headers={"Cookie": cookie(random)}),
    lambda random: HostileRequest("header", "GET", "/jobs", headers=header(random)),
)


def hostile_requests(seed: int, count: int) -> list[HostileRequest]:
    """So many requests, the kinds in turn."""
    random = Random(seed)  # noqa: S311 - it repeats a run, it hides nothing
    return [KINDS[number % len(KINDS)](random) for number in range(count)]
