"""API keys that do not hold: each is a 401 that says why, in one word, and a mistyped one costs no look-up."""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from nexus.accounts import key_values
from nexus.accounts.key_values import ALPHABET, PREFIX, Hashes, make
from tests.accounts.keys import bearer, make_key, status
from tests.house import SECRET_KEY, Person, Servers, door, run_app, settings_of

Mangle = Callable[[str], str]
NOWHERE = "postgresql://nexus_system:system@127.0.0.1:1/postgres"  # nobody answers there


def _swapped(value: str) -> str:
    place = next(at for at in range(9, 50) if value[at] != value[at + 1])
    return value[:place] + value[place + 1] + value[place] + value[place + 2 :]


MANGLED: dict[str, Mangle] = {
    "the prefix alone": lambda _: PREFIX,
    "another prefix": lambda value: value.replace("nx_live_", "nx_test_"),
    "no prefix": lambda value: value.removeprefix(PREFIX),
    "the prefix twice": lambda value: PREFIX + value,
    "upper case": str.upper,
    "lower case": str.lower,
    "the last character missing": lambda value: value[:-1],
    "the first random character missing": lambda value: PREFIX + value[9:],
    "without its checksum": lambda value: value[:-6],
    "one character more": lambda value: value + "A",
    "twice": lambda value: value + value,
    "two characters swapped": _swapped,
    "another character": lambda value: value[:9] + ("O" if value[9] != "O" else "0") + value[10:],
    "another key's checksum": lambda value: value[:-6] + make()[-6:],
    "a space inside": lambda value: value[:20] + " " + value[21:],
    "a dash inside": lambda value: value[:20] + "-" + value[21:],
    "a new line at the end": lambda value: value[:-1] + "%0A",
    "a quote inside": lambda value: value[:20] + "'" + value[21:],
    "a NUL in words": lambda value: value[:20] + "\\0" + value[22:],
    "fifty thousand characters": lambda value: value + "x" * 50_000,
}


@pytest.fixture(scope="module")
async def blind(servers: Servers) -> AsyncIterator[httpx.AsyncClient]:
    """The API with no way to look a key up: whatever it answers, it answers without PostgreSQL's help."""
    async with run_app(settings_of(servers.environment, system_database_url=NOWHERE)) as app, door(app) as client:
        yield client


async def reason(api: httpx.AsyncClient, value: str | bytes) -> str:
    """Why a request with this key is not signed in."""
    header: Any = value if isinstance(value, bytes) else f"Bearer {value}"
    answer = await api.get("/me", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), answer.text
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    return str(answer.json()["reason"])


@pytest.mark.parametrize("mangle", MANGLED.values(), ids=MANGLED)
async def test_a_mangled_key_is_malformed_without_a_look_up(
    blind: httpx.AsyncClient, ann: Person, mangle: Mangle
) -> None:
    value = (await make_key(ann))["value"]

    assert await reason(blind, mangle(value)) == "malformed"


async def test_a_key_that_could_be_one_is_looked_up(blind: httpx.AsyncClient) -> None:
    assert (await blind.get("/me", headers=bearer(make()))).status_code == 503


async def test_any_one_mistyped_character_is_found() -> None:
    value = make()

    mistyped = [value[:at] + other + value[at + 1 :] for at in range(len(value)) for other in ALPHABET]

    assert {one for one in mistyped if key_values.is_well_formed(one)} == {value}


async def test_a_key_that_nobody_made_is_refused(api: httpx.AsyncClient) -> None:
    assert [await reason(api, make()) for _ in range(10)] == ["signature"] * 10


async def test_bytes_that_are_no_text_are_malformed(api: httpx.AsyncClient) -> None:
    assert await reason(api, b"Bearer nx_live_\xff\xfe" + b"A" * 47) == "malformed"


async def test_what_stands_in_the_table_opens_nothing(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    made = await make_key(ann)
    row = await truth.fetchrow("SELECT id, prefix, value_hash FROM api_keys WHERE id = $1", made["id"])
    assert row is not None

    found = {await reason(api, one) for one in (row["prefix"], row["value_hash"].hex(), str(row["id"]))}

    assert found == {"malformed"}


async def test_a_hash_is_by_our_own_key(truth: asyncpg.Connection, ann: Person) -> None:
    made = await make_key(ann)

    kept = await truth.fetchval("SELECT value_hash FROM api_keys WHERE id = $1", made["id"])

    assert kept == Hashes([SECRET_KEY]).of(made["value"])[0]
    assert kept != Hashes(["a key that somebody else thought of, as long"]).of(made["value"])[0]


async def test_a_hash_written_into_anothers_row_opens_only_that_row(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person, bob: Person
) -> None:
    mine, theirs = await make_key(ann), await make_key(bob)

    with pytest.raises(asyncpg.UniqueViolationError):
        await truth.execute(
            "UPDATE api_keys SET value_hash = (SELECT value_hash FROM api_keys WHERE id = $2) WHERE id = $1",
            UUID(theirs["id"]),
            UUID(mine["id"]),
        )
    assert [await status(api, one["value"]) for one in (mine, theirs)] == [(200, None)] * 2


def test_values_are_made_of_256_random_bits_and_differ() -> None:
    values = [make() for _ in range(1000)]

    assert len(set(values)) == 1000
    used = {character for value in values for character in value[len(PREFIX) : -6]}
    assert used == set(ALPHABET)
    assert {len(value) for value in values} == {57}


async def test_five_hundred_random_headers_are_refused_and_break_nothing(api: httpx.AsyncClient) -> None:
    rng = random.Random(7)  # noqa: S311 - the same tries at every run
    made = [PREFIX + "".join(rng.choices(ALPHABET + "._-/+= ", k=rng.randrange(80))) for _ in range(500)]

    assert {await reason(api, one) for one in made} <= {"malformed", "signature"}
