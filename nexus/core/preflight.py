"""
What a process looks at before it starts: that PostgreSQL is new enough, that its schema is, and that the role it has
is held by row-level security. A process that cannot run cleanly does not run.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from nexus.core.connections import connect_problem
from nexus.core.db import Database, Transaction
from nexus.core.errors import Unavailable

SCHEMA_REVISION = "0018"
TRIES = 30
PAUSE_SECONDS = 1.0

# The first minor of each major that closed the advisories of May 2026: postgresql.org/support/security
OLDEST_SERVERS = {15: 150018, 16: 160014, 17: 170010, 18: 180004}

ROLES = {"NEXUS_DATABASE_URL": "nexus_app", "NEXUS_SYSTEM_DATABASE_URL": "nexus_system"}
ROLE = text(
    "SELECT current_setting('server_version_num')::int AS version, r.rolname, r.rolsuper OR r.rolbypassrls"
    " OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)"
    " OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) AS unheld"
    " FROM pg_roles r WHERE r.rolname = current_user"
)
REVISION = text("SELECT version_num FROM alembic_version")
HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL")


class NotReady(Exception):
    """This process may not start here; the sentence says why, and what to do."""


async def check(db: Database) -> None:
    """Raise NotReady unless PostgreSQL answers within a while, and is as it must be."""
    tries_left = TRIES
    while True:
        try:
            await _check(db)
        except Unavailable:
            tries_left -= 1
            if not tries_left:
                raise NotReady("PostgreSQL does not answer. Check NEXUS_DATABASE_URL and that it runs.") from None
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


async def _check(db: Database) -> None:
    with _at("NEXUS_SYSTEM_DATABASE_URL"):
        async with db.system() as tx:
            await _check_role(tx, "NEXUS_SYSTEM_DATABASE_URL")
            await _check_schema(tx)
    with _at("NEXUS_DATABASE_URL"):
        async with db.nobody() as tx:
            await _check_role(tx, "NEXUS_DATABASE_URL")


@contextmanager
def _at(setting: str) -> Iterator[None]:
    """Say which setting is wrong where trying again will not help."""
    try:
        yield
    except (DBAPIError, Unavailable) as error:
        problem = connect_problem(error)
        if problem is None or not problem.lasting:
            raise
        raise NotReady(f"{setting}: {problem.sentence}") from None


async def _check_role(tx: Transaction, setting: str) -> None:
    role = await tx.first(ROLE)
    if role.unheld or role.rolname != ROLES[setting]:
        raise NotReady(
            f"{setting} names the role {role.rolname}, where {ROLES[setting]} belongs: row-level security does not hold"
            " a superuser, a role with BYPASSRLS, one that owns tables or is a member of another, or one that has the"
            " other's work. Use the two roles as `nexus migrate` makes them."
        )
    major = role.version // 10_000
    oldest = OLDEST_SERVERS.get(major, min(OLDEST_SERVERS.values()))
    if role.version < oldest:
        raise NotReady(
            f"PostgreSQL {major}.{role.version % 10_000} lacks security fixes that isolation stands on."
            f" Upgrade it to {oldest // 10_000}.{oldest % 10_000} or later."
        )


async def _check_schema(tx: Transaction) -> None:
    found = await tx.scalar(REVISION) if await tx.scalar(HAS_REVISION) else None
    if found is None or found < SCHEMA_REVISION:
        raise NotReady(
            f"The schema is at revision {found or 'none'}, and this version needs {SCHEMA_REVISION}."
            " Run `nexus migrate` first."
        )
