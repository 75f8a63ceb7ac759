"""
The matrix: every operation, every id that it takes, every way to write the id, asked by an admin and by a member.

A foreign id must be answered like one that nobody has, to the byte; no answer may hold a trace of the other
organisation; and nothing of the other organisation may have changed when all is done.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from tests.isolation.operations import TABLE_OF, Operation, read_operations
from tests.isolation.people import Neighbours, rows_of, token_of, traces_of

SPELLINGS: dict[str, Callable[[UUID], str]] = {
    "plain": str,
    "upper case": lambda one: str(one).upper(),
    "without dashes": lambda one: one.hex,
    "in braces": lambda one: f"{{{one}}}",
    "as a URN": lambda one: one.urn,
}
MALFORMED = ("not-an-id", "0", "%00", "%ED%A0%80", "null", "1" * 300, str(uuid4())[:-1], "' OR true --")
CHANGING = {"date", "content-length", "x-request-id", "ratelimit", "retry-after"}
BROKEN = 500
# What nobody does or sells here answers 503, and is not broken.
NOT_OFFERED = ('"code":"model_not_configured"', '"code":"billing_not_configured"')

Answer = tuple[int, Any, dict[str, str], str]


async def find_leaks(client: httpx.AsyncClient, neighbours: Neighbours, document: dict[str, Any]) -> list[str]:
    """Everything that the matrix finds wrong, as sentences; an empty list is what is wanted."""
    before = await rows_of(neighbours.truth, neighbours.ann.organisation_id)
    traces = await traces_of(neighbours.ann, neighbours.truth)
    leaks: list[str] = []
    operations = sorted(read_operations(document), key=_turn)
    names = {name for operation in operations for name in operation.ids}
    ids = {name: await _ids_of(neighbours, name) for name in names}  # beforehand: a house without walls loses some
    for who, token in neighbours.callers.items():
        for operation in operations:
            name = f"{operation.method} {operation.path} by a {who}"
            async for what, answer in _ask_all(client, token, operation, ids):
                leaks += [f"{name}: {what}"] if what else []
                leaks += [f"{name}: shows {trace}" for trace in traces if trace in answer[3]]
                broke = answer[0] >= BROKEN and not any(code in answer[3] for code in NOT_OFFERED)
                leaks += [f"{name}: broke: {answer[3]}"] if broke else []
                unheard = answer[0] == httpx.codes.UNAUTHORIZED and "/v1/auth" not in operation.path
                leaks += [f"{name}: proves nothing, nobody was signed in: {answer[3]}"] if unheard else []
    after = await rows_of(neighbours.truth, neighbours.ann.organisation_id)
    return leaks + [f"{table}: ann's rows changed" for table in before if before[table] != after[table]]


def _turn(operation: Operation) -> tuple[bool, bool, bool]:
    """Ids before none, reads before changes; and last what may end the asker's own session."""
    return not operation.ids, operation.method == "DELETE", operation.method != "GET"


async def _ask_all(
    client: httpx.AsyncClient, token: str, operation: Operation, ids: dict[str, tuple[UUID, UUID]]
) -> AsyncIterator[tuple[str, Answer]]:
    """Ask an operation in every way; what is wrong with the answer, if anything, and the answer."""
    own = {name: ids[name][0] for name in operation.ids}
    if not operation.ids:
        yield "", await ask(client, token, operation, {})
    for name in operation.ids:
        foreign = ids[name][1]
        for spelling, spell in SPELLINGS.items():
            answers = [
                await ask(client, token, operation, _spelled(own, name, spell(one))) for one in (foreign, uuid4())
            ]
            differs = answers[0][:3] != answers[1][:3]
            yield (f"a foreign {name} ({spelling}) differs from an unknown one" if differs else ""), answers[0]
        unknown = await ask(client, token, operation, _spelled(own, name, str(uuid4())))
        for malformed in MALFORMED if name in operation.in_path else ():
            answer = await ask(client, token, operation, _spelled(own, name, malformed))
            differs = answer[:3] != unknown[:3]
            yield (f"{name} {malformed!r} differs from an unknown one: {answer[0]}" if differs else ""), answer


def _spelled(own: dict[str, UUID], name: str, value: str) -> dict[str, str]:
    return {other: str(one) for other, one in own.items()} | {name: value}


async def ask(client: httpx.AsyncClient, token: str, operation: Operation, values: dict[str, str]) -> Answer:
    """Ask once: status, body without its request id, headers that stay the same, and all that was said."""
    answer = await client.request(
        operation.method,
        operation.url(values),
        params=operation.parameters(values),
        json=operation.content(values),
        headers={"Authorization": f"Bearer {token}"},
    )
    media_type = answer.headers.get("content-type", "")
    body = answer.json() if answer.content and media_type.endswith(("/json", "+json")) else answer.text
    if isinstance(body, dict):
        body.pop("request_id", None)
    headers = {name: value for name, value in answer.headers.items() if name not in CHANGING}
    return answer.status_code, body, headers, f"{answer.text} {dict(answer.headers)}"


async def _ids_of(neighbours: Neighbours, name: str) -> tuple[UUID, UUID]:
    """Bob's own id of that name, and ann's, which is foreign to him."""
    whose = (neighbours.bob.organisation_id, neighbours.ann.organisation_id)
    own, foreign = [await find_id(neighbours.truth, name, one) for one in whose]
    return own, foreign


async def find_id(truth: asyncpg.Connection, name: str, organisation_id: UUID) -> UUID:
    """An id of that name which this organisation has."""
    if name == "organisation_id":
        return organisation_id
    found: UUID | None = await truth.fetchval(
        f"SELECT id FROM {TABLE_OF[name]} WHERE organisation_id = $1 LIMIT 1",  # noqa: S608 - names of ours
        organisation_id,
    )
    assert found is not None, f"nobody has a {name}: let move_in() in tests/isolation/people.py make one"
    return found


async def unread(client: httpx.AsyncClient, neighbours: Neighbours, document: dict[str, Any]) -> list[str]:
    """Operations that do not even show ann what is her own: a matrix over such would prove nothing."""
    failed = []
    for operation in read_operations(document):
        if operation.method == "GET" and operation.ids:
            own = {
                name: str(await find_id(neighbours.truth, name, neighbours.ann.organisation_id))
                for name in operation.ids
            }
            status, *_ = await ask(client, token_of(neighbours.ann), operation, own)
            failed += [] if status == httpx.codes.OK else [f"{operation.method} {operation.path}: {status}"]
    return failed
