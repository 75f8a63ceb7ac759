"""Gate A1.1: four tables with correct relationships; two organisations, and no query of one returns the other's."""

import json
import subprocess
import sys
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from nexus.core.db import Database
from tests.house import ROOT, Servers, clean_environment, some_domain

KEYS = """
SELECT c.conrelid::regclass::text AS table, c.contype::text AS kind, c.confrelid::regclass::text AS refers_to,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY place) AS their_columns
FROM pg_constraint c WHERE c.contype IN ('p', 'f') AND c.conrelid = ANY ($1::regclass[])
"""
TABLES = ["organisations", "users", "org_credits", "credit_transactions"]
TO_ORGANISATION = ("f", ("organisation_id",), "organisations", ("id",))
OWN_KEY = ("p", ("organisation_id", "id"), "-", ())
RELATIONSHIPS = {
    "organisations": {("p", ("id",), "-", ())},
    "users": {OWN_KEY, TO_ORGANISATION},
    "org_credits": {OWN_KEY, TO_ORGANISATION},
    "credit_transactions": {
        OWN_KEY,
        TO_ORGANISATION,
        ("f", ("organisation_id", "job_id"), "jobs", ("organisation_id", "id")),
        ("f", ("organisation_id", "checkout_id"), "checkouts", ("organisation_id", "id")),
    },
}

WAYS_TO_ASK = {
    "without a filter": "SELECT organisation_id FROM users",
    "with its own filter": "SELECT organisation_id FROM users WHERE organisation_id = :own",
    "with a filter that is always true": "SELECT organisation_id FROM users WHERE organisation_id = :own OR true",
    "with the other's id as the filter": "SELECT organisation_id FROM users WHERE organisation_id = :other",
    "by the id of the other's user": "SELECT organisation_id FROM users WHERE id = :other_user",
    "by everything but its own id": "SELECT organisation_id FROM users WHERE organisation_id <> :own",
    "through a join": "SELECT u.organisation_id FROM organisations o JOIN users u ON u.organisation_id = o.id",
    "through a union": "SELECT organisation_id FROM users UNION ALL SELECT organisation_id FROM users",
    "through an aggregate": "SELECT unnest(array_agg(organisation_id)) FROM users",
    "in the ledger": "SELECT organisation_id FROM credit_transactions",
    "in the balances": "SELECT organisation_id FROM org_credits",
    "among the organisations": "SELECT id FROM organisations",
}


@dataclass(frozen=True)
class Two:
    """Two organisations, and a user of the second."""

    own: UUID
    other: UUID
    other_user: UUID


@pytest.fixture(scope="module")
def two(servers: Servers) -> Two:
    """What the gate's script made."""
    script = [sys.executable, "-m", "tests.gates.make_two_organisations", some_domain(), some_domain()]
    done = subprocess.run(
        script, env=clean_environment() | servers.environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    (first, _), (other, _) = json.loads(done.stdout)
    return Two(UUID(first["organisation_id"]), UUID(other["organisation_id"]), UUID(other["user_id"]))


@pytest.mark.parametrize("table", TABLES)
async def test_gate_a1_1_four_tables_exist_with_correct_relationships(truth: asyncpg.Connection, table: str) -> None:
    found = await truth.fetch(KEYS, [table])

    keys = {(row["kind"], tuple(row["columns"]), row["refers_to"], tuple(row["their_columns"])) for row in found}
    assert keys == RELATIONSHIPS[table]


async def test_gate_a1_1_the_script_made_two_organisations_with_two_users_each(
    truth: asyncpg.Connection, two: Two
) -> None:
    count = "SELECT organisation_id, count(*) FROM users WHERE organisation_id = ANY ($1) GROUP BY organisation_id"

    found = await truth.fetch(count, [two.own, two.other])

    assert {tuple(row) for row in found} == {(two.own, 2), (two.other, 2)}


@pytest.mark.parametrize("query", WAYS_TO_ASK.values(), ids=WAYS_TO_ASK)
async def test_gate_a1_1_two_organisations_and_a_query_for_one_never_returns_the_other(
    db: Database, two: Two, query: str
) -> None:
    names = {"own": two.own, "other": two.other, "other_user": two.other_user}
    asked = text(query).bindparams(**{name: value for name, value in names.items() if f":{name}" in query.split()})

    async with db.transaction(two.own) as tx:
        seen = {row[0] for row in await tx.rows(asked)}

    asks_for_the_other = ":other" in query or "<>" in query
    assert seen == (set() if asks_for_the_other else {two.own})


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("table", TABLES)
async def test_gate_a1_1_with_no_organisation_bound_a_query_returns_nothing(db: Database, table: str) -> None:
    everything = text(f"SELECT * FROM {table}")  # noqa: S608 - one of our four names

    async with db.nobody() as tx:
        seen = await tx.rows(everything)

    assert seen == []
