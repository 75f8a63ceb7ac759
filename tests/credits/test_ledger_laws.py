"""The laws of the ledger, held by PostgreSQL itself: whoever asks, what is written stays, and nothing is overdrawn."""

from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import asyncpg
import pytest

from nexus.core.db import Database
from nexus.credits import services as credits
from tests.house import Person

REFUSED = (asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)
CHANGES = {
    "an update": "UPDATE credit_transactions SET amount = amount + 1 WHERE organisation_id = '{ann}'",
    "an update of its words": "UPDATE credit_transactions SET description = 'x' WHERE organisation_id = '{ann}'",
    "a delete": "DELETE FROM credit_transactions WHERE organisation_id = '{ann}'",
    "a truncate": "TRUNCATE credit_transactions",
    "a truncate of everything": "TRUNCATE organisations CASCADE",
}
INSERT = """
INSERT INTO credit_transactions (organisation_id, id, seq, type, amount, balance_after, description, job_id)
VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, 'x', $6)
"""
BROKEN_ENTRIES: dict[str, tuple[str, int, int]] = {
    "amount_not_zero": ("adjustment", 0, 100),
    "amount_has_the_sign_of_its_type": ("grant", -1, 99),
    "balance_after_never_negative": ("adjustment", -101, -1),
    "job_named_where_there_is_one": ("deduction", -1, 99),
}


@pytest.fixture
async def undone(truth: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """The superuser's view, in a transaction that is taken back: a law that does not hold harms no other test."""
    transaction = truth.transaction()
    await transaction.start()
    yield truth
    await transaction.rollback()


@pytest.mark.parametrize("role", ["postgres", "nexus_owner", "nexus_app", "nexus_system"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_stands_in_the_ledger_stays_whoever_wants_to_change_it(
    undone: asyncpg.Connection, ann: Person, change: str, role: str
) -> None:
    await undone.execute("SELECT set_config('nexus.organisation_id', $1, true)", str(ann.organisation_id))
    await undone.execute(f"SET ROLE {role if role != 'postgres' else 'NONE'}")

    try:
        async with undone.transaction():
            said = await undone.execute(change.replace("{ann}", str(ann.organisation_id)))
    except REFUSED:
        said = "refused"

    assert said in ("refused", "UPDATE 0", "DELETE 0")  # the owner sees no row to change: row-level security is forced
    assert said == "refused" or role == "nexus_owner"


@pytest.mark.parametrize("column", ["balance", "debt"])
async def test_nothing_that_is_counted_goes_below_zero(undone: asyncpg.Connection, ann: Person, column: str) -> None:
    overdrawn = f"UPDATE org_credits SET {column} = -1 WHERE organisation_id = $1"  # noqa: S608 - one of two names

    with pytest.raises(asyncpg.CheckViolationError, match="never_negative"):
        await undone.execute(overdrawn, ann.organisation_id)


@pytest.mark.parametrize(("law", "entry"), BROKEN_ENTRIES.items(), ids=BROKEN_ENTRIES)
async def test_an_entry_that_breaks_a_law_is_refused_by_the_table(
    undone: asyncpg.Connection, ann: Person, law: str, entry: tuple[str, int, int]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=law):
        await undone.execute(INSERT, ann.organisation_id, 2, *entry, None)


async def test_a_number_of_the_ledger_is_given_once(undone: asyncpg.Connection, ann: Person) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await undone.execute(INSERT, ann.organisation_id, 1, "grant", 1, 101, None)


async def test_an_entry_cannot_name_another_organisations_job(
    undone: asyncpg.Connection, ann: Person, bob: Person
) -> None:
    job = (await bob.api.post("/summarize", json={"text": "bob's own"})).json()

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await undone.execute(INSERT, ann.organisation_id, 2, "deduction", -1, 99, UUID(job["job_id"]))


@pytest.mark.parametrize(("kind", "amount"), [("deduction", -10), ("refund", 10)])
async def test_a_job_is_paid_for_once_and_refunded_once(
    undone: asyncpg.Connection, ann: Person, kind: str, amount: int
) -> None:
    job_id = UUID((await ann.api.post("/summarize", json={"text": "Paid once."})).json()["job_id"])
    if kind == "refund":
        await undone.execute(INSERT, ann.organisation_id, 3, kind, amount, 100, job_id)

    with pytest.raises(asyncpg.UniqueViolationError, match=f"one_{kind}"):
        await undone.execute(INSERT, ann.organisation_id, 4, kind, amount, 100, job_id)


async def test_a_grant_changes_balance_and_ledger_together_or_not_at_all(
    db: Database, truth: asyncpg.Connection, ann: Person
) -> None:
    with suppress(RuntimeError):
        async with db.system() as tx:
            await credits.grant(tx, ann.organisation_id, 50, "Never")
            _change_ones_mind()

    entries = "SELECT count(*) FROM credit_transactions WHERE organisation_id = $1"
    assert await truth.fetchval(entries, ann.organisation_id) == 1
    assert (await ann.api.get("/credits")).json()["balance"] == 100


def _change_ones_mind() -> None:
    raise RuntimeError("not after all")
