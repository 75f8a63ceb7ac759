"""What Alembic runs: roles first, then the revisions as the role that owns the tables."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, pool, text

from migrations.roles import OWNER, ensure_roles
from nexus.accounts import models as accounts
from nexus.audit import models as audit
from nexus.core import idempotency
from nexus.core.connections import engine_of
from nexus.core.models import Table
from nexus.credits import models as credit
from nexus.jobs import findings
from nexus.jobs import models as jobs
from nexus.payments import models as payments
from nexus.webhooks import models as webhooks

KNOWN = (
    accounts,
    audit,
    credit,
    findings,
    idempotency,
    jobs,
    payments,
    webhooks,
)  # importing a domain's models puts its tables into the metadata
LOCK_TIMEOUT = "1s"  # a migration that waits for a lock makes every later query wait behind it
STATEMENT_TIMEOUT = "15min"


def migrate(connection: Connection) -> None:
    """Bring the schema to the revision asked for, each revision on the way in a transaction of its own."""
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    ensure_roles(connection, os.environ)
    connection.execute(text(f"SET ROLE {OWNER}"))
    connection.commit()  # Alembic opens no transactions of its own inside another
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


async def _connect_and_migrate(url: str) -> None:
    engine = engine_of(url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(_connect_and_migrate(os.environ["NEXUS_MIGRATION_DATABASE_URL"]))
