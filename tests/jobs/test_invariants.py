"""Each invariant is broken once, by a superuser who goes past every trigger; `nexus check` finds it and names it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from nexus.core.db import Database
from tests.house import Servers, nexus
from tests.jobs.attempts import attempt, complete, held, key_of, runner
from tests.jobs.floor import Client, an_app, somebody
from tests.migrations.scratch import Scratch, scratch_database

ALL = [f"I{number}" for number in range(1, 10)]


@dataclass(frozen=True)
class Books:
    """The books of a house with one organisation: a job completed, one failed, one pending."""

    scratch: Scratch
    db: Database
    ann: Client
    completed: str
    failed: str
    pending: str

    async def plant(self, fault: str) -> None:
        """Change what nobody may change. `:own`, `:completed`, `:failed` and `:pending` stand for the ids."""
        named = {"own": self.ann.person.organisation_id, "completed": self.completed}
        for name, value in (named | {"failed": self.failed, "pending": self.pending}).items():
            fault = fault.replace(f":{name}", f"'{value}'")
        await self.ann.truth.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {fault}; COMMIT")

    async def check(self, status: int) -> dict[str, Any]:
        """What `nexus check --json` finds."""
        done = await asyncio.to_thread(nexus, "check", "--json", environment=self.scratch.environment, status=status)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture(scope="module")
async def house(servers: Servers) -> AsyncIterator[Scratch]:
    """A database whose books are spoilt and mended."""
    async with scratch_database(servers) as scratch:
        yield scratch


@pytest.fixture
async def books(house: Scratch, servers: Servers) -> AsyncIterator[Books]:
    """Books that agree, of nobody else."""
    settings = house.settings.model_copy(update={"gemini_api_key": servers.settings.secret_keys[0]})
    truth = await asyncpg.connect(house.superuser_url)
    await truth.execute("SET session_replication_role = replica; TRUNCATE organisations CASCADE")
    await truth.close()
    db = Database(settings.database_url, settings.system_database_url, pool_size=2)
    async with an_app(settings) as app, somebody(app, servers.idp, house.superuser_url) as ann:
        completed, failed, pending = await ann.submit(), await ann.submit("refuse"), await ann.submit()
        await complete(db, await held(db, key_of(ann, completed)))
        await attempt(key_of(ann, failed), runner(db))
        yield Books(house, db, ann, completed, failed, pending)
    await db.close()


ENTRY = (
    "INSERT INTO credit_transactions (organisation_id, id, seq, type, amount, balance_after, job_id, description)"
    " SELECT :own, gen_random_uuid(), last_seq + 1, '{type}', {amount}, balance + {amount}, {job}, 'planted'"
    " FROM org_credits WHERE organisation_id = :own;"
    " UPDATE org_credits SET balance = balance + {amount}, last_seq = last_seq + 1 WHERE organisation_id = :own"
)
CHECKOUT = (
    "INSERT INTO checkouts (organisation_id, id, user_id, pack_id, pack_name, credits, amount, currency, livemode,"
    " session_id, status, paid_at) VALUES (:own, '{id}', gen_random_uuid(), 'p', 'Pack', 50, 900, 'usd', false,"
    " 'cs_{id}', '{status}', {paid_at})"
)
ONE = "019f9b1c-7b0e-7a11-8c4d-6e8f0a2b4c6d"
PURCHASE = ENTRY.replace("job_id, description)", "job_id, description, checkout_id)").replace(
    "'planted'", f"'planted', '{ONE}'"
)
FAULTS: dict[str, tuple[str, set[str]]] = {
    "the balance is not what the ledger says": (
        "UPDATE org_credits SET balance = balance + 7 WHERE organisation_id = :own",
        {"I1", "I2", "I8"},
    ),
    "the account is gone": ("DELETE FROM org_credits WHERE organisation_id = :own", {"I1", "I8"}),
    "the last entry names another balance": (
        "UPDATE credit_transactions SET balance_after = 1 WHERE organisation_id = :own AND seq = 5",
        {"I2"},
    ),
    "an entry's number was changed": (
        "UPDATE credit_transactions SET seq = 99 WHERE organisation_id = :own AND seq = 1",
        {"I2", "I3"},
    ),
    "the last number was forgotten": (
        "UPDATE org_credits SET last_seq = last_seq + 1 WHERE organisation_id = :own",
        {"I3"},
    ),
    "a job cost more than its charge": ("UPDATE jobs SET cost = 11 WHERE id = :completed", {"I4"}),
    "a job was charged in another's name": (
        "UPDATE credit_transactions SET job_id = gen_random_uuid() WHERE job_id = :completed",
        {"I4"},
    ),
    "a failed job was not refunded": (
        "DELETE FROM credit_transactions WHERE job_id = :failed AND type = 'refund'",
        {"I1", "I2", "I3", "I5", "I8"},
    ),
    "a refund gives back too much": (
        "UPDATE credit_transactions SET amount = 15 WHERE job_id = :failed AND type = 'refund'",
        {"I1", "I6", "I8"},
    ),
    "a completed job was refunded": (
        ENTRY.format(type="refund", amount=10, job=":completed"),
        {"I5", "I7"},
    ),
    "a paid checkout brought nothing": (CHECKOUT.format(id=ONE, status="paid", paid_at="now()"), {"I9"}),
    "a purchase is of no checkout": (PURCHASE.format(type="purchase", amount=50, job="NULL"), {"I9"}),
    "a checkout that nobody paid brought credits": (
        CHECKOUT.format(id=ONE, status="open", paid_at="NULL")
        + "; "
        + PURCHASE.format(type="purchase", amount=50, job="NULL"),
        {"I9"},
    ),
    "a purchase brought more than was sold": (
        CHECKOUT.format(id=ONE, status="paid", paid_at="now()")
        + "; "
        + PURCHASE.format(type="purchase", amount=51, job="NULL"),
        {"I9"},
    ),
    "a pending job was refunded": (ENTRY.format(type="refund", amount=10, job=":pending"), {"I5"}),
}


async def test_books_that_agree_are_whole(books: Books) -> None:
    found = await books.check(status=0)

    assert found["ok"] is True
    assert found["organisations"] == 1
    assert found["checks"] == [{"id": name, "ok": True, "violations": 0, "examples": []} for name in ALL]
    assert set(found) == {"ok", "organisations", "checks", "queue"}
    assert {name: found["queue"][name] for name in ("pending", "running", "due", "expired_leases")} == {
        "pending": 1,
        "running": 0,
        "due": 1,
        "expired_leases": 0,
    }
    assert found["queue"]["oldest_due_seconds"] > 0


@pytest.mark.parametrize("name", FAULTS)
async def test_whatever_is_wrong_with_the_books_is_found_and_named(books: Books, name: str) -> None:
    fault, broken = FAULTS[name]
    await books.plant(fault)

    found = await books.check(status=1)

    named = {one["id"]: one for one in found["checks"] if not one["ok"]}
    assert found["ok"] is False
    assert set(named) == broken
    assert all(one["violations"] == 1 and len(one["examples"]) == 1 for one in named.values())


def test_every_invariant_is_broken_by_one_of_these_faults() -> None:
    assert {name for _, broken in FAULTS.values() for name in broken} == set(ALL)


async def test_the_words_for_people_name_the_invariant(books: Books) -> None:
    await books.plant(FAULTS["a completed job was refunded"][0])

    done = await asyncio.to_thread(nexus, "check", environment=books.scratch.environment, status=1)

    lines = {line.split()[1]: line for line in done.stdout.splitlines() if line[0] in "✓✗"}
    assert lines["I7"].startswith("✗")
    assert books.completed in lines["I7"]
    assert lines["I1"].startswith("✓")


async def test_a_check_through_the_wrong_role_proves_nothing_and_says_so(books: Books) -> None:
    wrong = {"NEXUS_SYSTEM_DATABASE_URL": books.scratch.environment["NEXUS_DATABASE_URL"]}

    done = await asyncio.to_thread(nexus, "check", environment=books.scratch.environment | wrong, status=2)

    assert done.stdout == ""
    assert "nexus_system" in done.stderr
