"""
The short form of `make pgbouncer`: many transactions over few connections, and none is in another's name.

It runs where PgBouncer is installed, and says so where it is not.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import asyncpg
import httpx
import pytest
from sqlalchemy import func, select, text

from nexus.accounts.models import User
from nexus.core.db import SETTING, Database
from nexus.core.errors import Unavailable
from nexus.database_address import read_database_address
from nexus.jobs import invariants, lookout
from nexus.jobs.retention import erase_inputs
from nexus.jobs.rounds import keep_up
from nexus.jobs.sweep import sweep
from tests.house import Person, Servers, door, run_app, settings_of, sign_in, some_domain
from tests.pooled.pooler import CONNECTIONS, MISSING, pooled, program

pytestmark = pytest.mark.skipif(program() is None, reason=MISSING)

PEOPLE, ROUNDS = 12, 25
LONG = timedelta(days=3000)
WHOSE = text(f"SELECT current_setting('{SETTING}', true)")
WHICH_SERVER = text("SELECT pg_backend_pid()")


@pytest.fixture(scope="module")
async def environment(servers: Servers) -> AsyncIterator[dict[str, str]]:
    """Settings that lead through a pooler."""
    with pooled(servers.environment) as found:
        yield found


@pytest.fixture
async def through(environment: dict[str, str]) -> AsyncIterator[Database]:
    """Doors with more connections than the pooler has."""
    settings = settings_of(environment)
    database = Database(settings.database_url, settings.system_database_url, pool_size=4 * CONNECTIONS)
    yield database
    await database.close()


@pytest.fixture
async def people(environment: dict[str, str], servers: Servers) -> AsyncIterator[list[Person]]:
    """The admins of many organisations, whose API speaks through the pooler."""
    async with AsyncExitStack() as held:
        app = await held.enter_async_context(run_app(settings_of(environment), pool_size=2 * CONNECTIONS))
        api = await held.enter_async_context(door(app))
        found = [await sign_in(api, servers.idp, f"ann@{some_domain()}") for _ in range(PEOPLE)]
        yield found
        for person in found:
            await person.api.aclose()


async def test_transactions_change_connections_and_never_names(through: Database, people: list[Person]) -> None:
    seen: set[int] = set()

    async def look(person: Person) -> None:
        for _ in range(ROUNDS):
            async with through.transaction(person.organisation_id) as tx:
                seen.add(await tx.scalar(WHICH_SERVER))
                await asyncio.sleep(0)
                assert await tx.scalar(WHOSE) == str(person.organisation_id)
                found = await tx.rows(select(User.organisation_id).where(User.id.is_not(None)))
                assert {row.organisation_id for row in found} == {person.organisation_id}
            async with through.nobody() as tx:
                assert not await tx.scalar(WHOSE)
                assert await tx.scalar(select(func.count()).select_from(User)) == 0

    await asyncio.gather(*map(look, people))

    assert 1 < len(seen) <= CONNECTIONS


async def test_work_is_asked_for_once_and_paid_once(people: list[Person]) -> None:
    async def ask(person: Person) -> list[httpx.Response]:
        again = {"Idempotency-Key": f"once-{person.user_id}"}
        asked = [
            person.api.post("/summarize", json={"text": "The bridge was closed. It rained."}, headers=again)
            for _ in range(4)
        ]
        return list(await asyncio.gather(*asked, *(person.api.get("/credits") for _ in range(4))))

    answers = [answer for found in await asyncio.gather(*map(ask, people)) for answer in found]

    assert {answer.status_code for answer in answers} <= {200, 202}
    for person in people:
        assert (await person.api.get("/credits")).json()["balance"] == 90
        assert len((await person.api.get("/jobs")).json()["items"]) == 1


async def test_what_looks_across_organisations_goes_through_side_by_side(
    through: Database, people: list[Person]
) -> None:
    for person in people:
        await person.api.post("/summarize", json={"text": "Something to look for. It waits."})

    async def look() -> None:
        for _ in range(5):
            async with through.glance() as tx:
                await lookout.find_waiting(tx, ["summarize"], 50)
            async with through.glance() as tx:
                await erase_inputs(tx, LONG, 5)
            await sweep(through)

    await asyncio.gather(*(look() for _ in range(3 * CONNECTIONS)))
    await keep_up(through)

    async with through.system() as tx:
        assert [one.id for one in (await invariants.check(tx)).checks if not one.ok] == []


async def test_a_server_connection_that_is_cut_is_unavailable_and_then_there_again(
    through: Database, people: list[Person], servers: Servers
) -> None:
    superuser = await asyncpg.connect(servers.superuser_url)

    async def be_cut_off() -> None:
        async with through.transaction(people[0].organisation_id) as tx:
            await superuser.fetchval("SELECT pg_terminate_backend($1, 5000)", await tx.scalar(WHICH_SERVER))
            await tx.scalar(WHOSE)

    with pytest.raises(Unavailable):
        await be_cut_off()
    await superuser.close()

    async with through.transaction(people[0].organisation_id) as tx:
        assert await tx.scalar(WHOSE) == str(people[0].organisation_id)


def test_an_address_says_whether_statements_can_be_prepared() -> None:
    plain = "postgresql://nexus_app:a@db.test:6432/nexus"

    assert read_database_address(plain).prepared_statements
    assert not read_database_address(f"{plain}?prepared_statements=off").prepared_statements
    encrypted = read_database_address(f"{plain}?ssl=require&prepared_statements=off")
    assert (encrypted.ssl_mode, encrypted.prepared_statements) == ("require", False)
