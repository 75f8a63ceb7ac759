"""
What of a new OpenAPI document would break a client that was right by the old one.

A request that was right must stay right: what goes in may only become wider. An answer must stay what the client was
told: what comes out may only become narrower, and fields may be added. docs/api-versioning.md has the same as a table.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

Schema = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"
OUTPUT = "x-output-schema"  # what a job gives that this operation asks for
LEAST, MOST = ("minLength", "minimum", "exclusiveMinimum", "minItems"), ("maxLength", "maximum", "maxItems")
EXACT = ("pattern", "format", "uniqueItems", "multipleOf")
NAMES = ("string", "integer", "number", "boolean", "object", "array", "null")


@dataclass(frozen=True)
class Side:
    """A document, and the shapes that stand in it."""

    document: Schema

    def resolved(self, said: Schema) -> Schema:
        """What is said, its references followed and its parts put together."""
        while "$ref" in said:
            kind, name = said["$ref"].split("/")[-2:]
            said = self.document["components"][kind][name]
        if "allOf" not in said:
            return said
        whole: Schema = {name: value for name, value in said.items() if name != "allOf"}
        for part in map(self.resolved, said["allOf"]):
            for name, value in part.items():
                whole[name] = _together(whole.get(name), value)
        return whole


@dataclass(frozen=True)
class Pair:
    """The two documents, which way the data goes, and the shapes that are being compared already."""

    old: Side
    new: Side
    inwards: bool
    within: frozenset[tuple[str, str]] = frozenset()


def find(old: Schema, new: Schema) -> list[str]:
    """A sentence for each break."""
    pair = Pair(Side(old), Side(new), inwards=True)
    found = []
    for path, methods in old["paths"].items():
        for method in METHODS:
            if method in methods:
                now = new["paths"].get(path, {}).get(method)
                name = f"{method.upper()} {path}"
                breaks = ["is gone"] if now is None else _operation(methods[method], now, pair)
                found += [f"{name}: {one}" for one in breaks]
    return found


def _operation(old: Schema, new: Schema, pair: Pair) -> Iterator[str]:
    if old.get("operationId") != new.get("operationId"):
        yield f"operationId was {old.get('operationId')!r} and is {new.get('operationId')!r}"
    yield from _ways_lost(_security(old, pair.old), _security(new, pair.new))
    yield from _parameters(old, new, pair)
    yield from _body(old.get("requestBody"), new.get("requestBody"), pair)
    outwards = replace(pair, inwards=False)
    if OUTPUT in old:
        yield from _shape(old[OUTPUT], new.get(OUTPUT, {}), outwards, "output_data")
    for status, answer in old["responses"].items():
        if status not in new["responses"]:
            yield f"answer {status} is gone"
            continue
        now = pair.new.resolved(new["responses"][status])
        yield from (f"answer {status}: {one}" for one in _answer(pair.old.resolved(answer), now, outwards))


def _ways_lost(was: list[Any], now: list[Any]) -> Iterator[str]:
    """One more way to open an operation is no break; one less is, and so is none where there was any."""
    if bool(was) != bool(now) or any(way not in now for way in was):
        yield f"security was {json.dumps(was, sort_keys=True)} and is {json.dumps(now, sort_keys=True)}"


def _security(operation: Schema, side: Side) -> list[Schema]:
    """Every way to open an operation."""
    ways = operation.get("security", side.document.get("security"))
    return list(ways or [])


def _parameters(old: Schema, new: Schema, pair: Pair) -> Iterator[str]:
    before = {(one["in"], one["name"]): one for one in map(pair.old.resolved, old.get("parameters", []))}
    now = {(one["in"], one["name"]): one for one in map(pair.new.resolved, new.get("parameters", []))}
    for (place, name), parameter in now.items():
        if parameter.get("required") and not before.get((place, name), {}).get("required"):
            yield f"parameter {name} ({place}) is required now"
    for (place, name), parameter in before.items():
        if (place, name) not in now:
            yield f"parameter {name} ({place}) is gone"
        else:
            yield from _shape(parameter["schema"], now[place, name]["schema"], pair, f"parameter {name}")


def _body(old: Schema | None, new: Schema | None, pair: Pair) -> Iterator[str]:
    if old is None or new is None:
        if old is not None:
            yield "the body is gone"
        elif new is not None and new.get("required"):
            yield "a body is required now"
        return
    if new.get("required") and not old.get("required"):
        yield "the body is required now"
    yield from _contents(old, new, pair, "body")


def _answer(old: Schema, new: Schema, pair: Pair) -> Iterator[str]:
    for name, header in old.get("headers", {}).items():
        now = pair.new.resolved(new.get("headers", {}).get(name, {}))
        if not now:
            yield f"header {name} is gone"
        elif pair.old.resolved(header).get("required") and not now.get("required"):
            yield f"header {name} may be missing now"
    yield from _contents(old, new, pair, "body")


def _contents(old: Schema, new: Schema, pair: Pair, where: str) -> Iterator[str]:
    for media_type, content in old.get("content", {}).items():
        now = new.get("content", {}).get(media_type)
        if now is None:
            yield f"{where} is not {media_type} any more"
        elif media_type != PROBLEM:  # one more code of a status that there was is no break; codes never change
            yield from _shape(content.get("schema", {}), now.get("schema", {}), pair, where)


def _shape(old: Schema, new: Schema, pair: Pair, where: str) -> Iterator[str]:
    key = (old.get("$ref", ""), new.get("$ref", ""))
    if all(key) and key in pair.within:
        return
    inner = replace(pair, within=pair.within | {key})
    before, now = pair.old.resolved(old), pair.new.resolved(new)
    kinds_before, kinds_now = _kinds(before, pair.old), _kinds(now, pair.new)
    missing = kinds_before - kinds_now if pair.inwards else kinds_now - kinds_before
    if missing:
        yield f"{where}: type was {_list(kinds_before)} and is {_list(kinds_now)}"
        return
    yield from _values(before, now, pair, where)
    yield from _limits(before, now, pair, where)
    yield from _fields(before, now, inner, where)
    if "items" in before and "items" in now:
        yield from _shape(before["items"], now["items"], inner, f"{where}[]")
    yield from _choices(before, now, inner, where)


def _choices(old: Schema, new: Schema, pair: Pair, where: str) -> Iterator[str]:
    """Of the same kind on both sides: each old choice beside the new one of its kind."""
    before = [one for word in ("anyOf", "oneOf") for one in old.get(word, [])] or [old]
    now = [one for word in ("anyOf", "oneOf") for one in new.get(word, [])] or [new]
    if len(before) == len(now) == 1:
        return
    for one in before:
        kinds = _kinds(pair.old.resolved(one), pair.old)
        same = [other for other in now if kinds & _kinds(pair.new.resolved(other), pair.new)]
        if same and not any(not list(_shape(one, other, pair, where)) for other in same):
            yield from _shape(one, same[0], pair, where)


def _kinds(schema: Schema, side: Side) -> set[str]:
    choices = [one for word in ("anyOf", "oneOf") for one in schema.get(word, [])]
    if choices:
        return set().union(*(_kinds(side.resolved(one), side) for one in choices))
    said = schema.get("type")
    if said is None:
        return {"object"} if "properties" in schema else set(NAMES)
    kinds = {said} if isinstance(said, str) else set(said)
    return kinds | ({"integer"} if "number" in kinds else set())


def _values(old: Schema, new: Schema, pair: Pair, where: str) -> Iterator[str]:
    before, now = _listed(old), _listed(new)
    if pair.inwards and now is not None and (before is None or before - now):
        yield f"{where}: takes only {_list(now)} now"
    if not pair.inwards and before is not None and (now is None or now - before):
        yield f"{where}: may be other than {_list(before)} now"


def _listed(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {json.dumps(value) for value in values}


def _limits(old: Schema, new: Schema, pair: Pair, where: str) -> Iterator[str]:
    """In a request a limit may only become wider; in an answer only narrower."""
    wide, narrow = (old, new) if pair.inwards else (new, old)
    for word in (*LEAST, *MOST, *EXACT):
        limit, other = narrow.get(word), wide.get(word)
        if limit is None:
            continue
        tighter = other is None or (
            limit > other if word in LEAST else limit < other if word in MOST else limit != other
        )
        if tighter:
            yield f"{where}: {word} was {old.get(word)} and is {new.get(word)}"


def _fields(old: Schema, new: Schema, pair: Pair, where: str) -> Iterator[str]:
    before, now = old.get("properties", {}), new.get("properties", {})
    required, required_now = set(old.get("required", ())), set(new.get("required", ()))
    if pair.inwards:
        yield from (f"{where}: field {name} is required now" for name in sorted(required_now - required))
        if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield f"{where}: takes no other fields now"
    else:
        optional = (required & before.keys() & now.keys()) - required_now
        yield from (f"{where}: field {name} may be missing now" for name in sorted(optional))
    for name in before:
        if name not in now:
            yield f"{where}: field {name} is gone"
        else:
            yield from _shape(before[name], now[name], pair, f"{where}.{name}")


def _together(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: _together(one.get(name), other.get(name, one.get(name))) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return one + [value for value in other if value not in one]
    return other if other is not None else one


def _list(values: set[str]) -> str:
    return " or ".join(sorted(values))
