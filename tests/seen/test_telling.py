"""An error is told by its type and place; of its words only such as speak of our own names."""

import asyncpg
import pytest
from pydantic import BaseModel, ValidationError

from nexus.core.errors import Conflict, GiveUp
from nexus.core.telling import describe, mask, tell

TEXT = "what a customer wrote"


class Shape(BaseModel):
    """Something with a figure."""

    figure: int


class Unspeakable(TypeError):
    """An error that breaks when it is asked what it is."""

    def __str__(self) -> str:
        raise RuntimeError(TEXT)


def wrong_shape() -> ValidationError:
    try:
        Shape.model_validate({"figure": TEXT})
    except ValidationError as error:
        return error
    raise AssertionError


def of_postgres(sqlstate: str, message: str) -> asyncpg.PostgresError:
    """As the driver makes it of PostgreSQL's answer."""
    fields = {"C": sqlstate, "M": message, "D": f"Key (name)=({TEXT}) already exists.", "t": "things", "n": "one_name"}
    error = asyncpg.PostgresError.new(fields)
    assert isinstance(error, asyncpg.PostgresError)
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError(TEXT), "ValueError"),
        (KeyError(TEXT), "KeyError"),
        (TypeError(f"{TEXT}: object is not callable"), "TypeError"),
        (TypeError("'NoneType' object is not callable"), "TypeError: 'NoneType' object is not callable"),
        (
            AttributeError("'Job' object has no attribute 'cost'"),
            "AttributeError: 'Job' object has no attribute 'cost'",
        ),
        (AttributeError(TEXT), "AttributeError"),
        (NameError("name 'cost' is not defined"), "NameError: name 'cost' is not defined"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (FileNotFoundError(2, TEXT, TEXT), "FileNotFoundError: ENOENT"),
        (OSError(TEXT), "OSError"),
        (Unspeakable(), "tests.seen.test_telling.Unspeakable"),
        (wrong_shape(), "pydantic_core._pydantic_core.ValidationError: int_parsing"),
        (Conflict(TEXT), "nexus.core.errors.Conflict: conflict"),
        (GiveUp(TEXT), "nexus.core.errors.GiveUp: cannot_be_done"),
        (
            of_postgres("23505", f"duplicate key {TEXT}"),
            "asyncpg.exceptions.UniqueViolationError: 23505 things one_name",
        ),
        (
            of_postgres("42703", 'column "cost" does not exist'),
            'asyncpg.exceptions.UndefinedColumnError: 42703 column "cost" does not exist things one_name',
        ),
    ],
)
def test_an_error_is_told_without_its_words(error: BaseException, told: str) -> None:
    assert describe(error) == told


def test_causes_and_members_are_told_with_their_places() -> None:
    def within() -> None:
        raise ValueError(TEXT)

    try:
        try:
            within()
        except ValueError as error:
            raise ExceptionGroup(TEXT, [KeyError(TEXT), error]) from error
    except ExceptionGroup as group:
        told = tell(group)

    assert TEXT not in told
    assert told.count("\nValueError\n") + told.endswith("\nValueError") == 2
    assert "in within" in told
    assert "ExceptionGroup\ncaused by\n" in told
    assert "KeyError" in told


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (b"key nx_live_abcdef0123456789", b"key [hidden]"),
        (b'"nxr_abcDEF-123_45"', b'"[hidden]"'),
        (b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1", b"[hidden]"),
        (b"postgresql://nexus_app:pass,word@db/nexus", b"postgresql://[hidden]@db/nexus"),
        (b"Authorization: Bearer abc.def-123", b"Authorization: Bearer [hidden]"),
        (b"whsec_abcdefghij12/+=", b"[hidden]"),
        (b"sk_live_abcdefgh", b"[hidden]"),
        (b'{"route":"/v1/jobs/{job_id}","at":"2026-11-20T10:00:00Z"}', None),
        (b"http://127.0.0.1:8000/v1 and a@b.test", None),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_nothing_else(line: bytes, masked: bytes | None) -> None:
    assert mask(line) == (line if masked is None else masked)
