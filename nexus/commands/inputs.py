"""The input of a job: read from files, options and standard input, and judged before it is sent."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MAX_BYTES = 1_000_000  # the API takes no larger body
STDIN = "-"


class InvalidInput(Exception):
    """What was given cannot be sent; the sentence says what and why."""


def read_input(
    schema: Mapping[str, Any], text: str | None, json_file: str | None, assignments: Iterable[str]
) -> dict[str, Any]:
    """Put the input of a job type with this schema together. Raises InvalidInput."""
    given: dict[str, Any] = {} if json_file is None else _read_object(json_file)
    if text is not None:
        given["text"] = _read_text(text)
    for assignment in assignments:
        name, found, value = assignment.partition("=")
        if not found or not name:
            raise InvalidInput(f"--set {assignment}: write name=value, or name=@file.")
        _require_known(schema, name)
        given[name] = _read_value(schema["properties"][name], name, value)
    _judge(schema, given)
    return given


def _judge(schema: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in given:
            raise InvalidInput(f"{name} is missing. {_how_to_give(name)}")
    for name, value in given.items():
        _require_known(schema, name)
        longest = properties[name].get("maxLength")
        if not isinstance(value, str):
            continue
        if not value.strip():
            raise InvalidInput(f"{name} is empty.")
        if longest is not None and len(value) > longest:
            raise InvalidInput(f"{name} has {len(value):,} characters; {longest:,} are the most.")


def _require_known(schema: Mapping[str, Any], name: str) -> None:
    properties = schema.get("properties", {})
    if name not in properties:
        raise InvalidInput(f"There is no input {name}. There is: {', '.join(properties)}.")


def _how_to_give(name: str) -> str:
    if name == "text":
        return "Give a file, or - to read standard input."
    return f"Give it with --set {name}=@FILE, or everything with --input FILE.json."


def _read_value(property_schema: Mapping[str, Any], name: str, value: str) -> Any:
    text = _read_text(value[1:]) if value.startswith("@") else value
    if property_schema.get("type") == "string":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{name} is not JSON ({error}).") from None


def _read_object(path: str) -> dict[str, Any]:
    try:
        found = json.loads(_read_text(path))
    except ValueError as error:
        raise InvalidInput(f"{_name_of(path)} is not JSON ({error}).") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{_name_of(path)} holds no JSON object.")
    return found


def _read_text(path: str) -> str:
    """The text of a file or of standard input."""
    try:
        if path == STDIN:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{_name_of(path)} cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_BYTES:
        raise InvalidInput(f"{_name_of(path)} is larger than {MAX_BYTES:,} bytes, which is the most that is sent.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InvalidInput(f"{_name_of(path)} is not UTF-8 text. Convert it, or give another file.")
    return text


def _name_of(path: str) -> str:
    return "Standard input" if path == STDIN else path
