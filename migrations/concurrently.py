"""
Indexes on tables that are in use: built and dropped outside a transaction, while everybody reads and writes.

A build that was interrupted leaves an invalid index behind, which costs writes and serves nobody: it is dropped, and
the build begun anew. A revision that does this does nothing else, so that it can be run again from its beginning.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

# Such a statement lets reads and writes pass while it waits for older transactions, so it may wait: it is the statement
# timeout that ends it.
PATIENT, IMPATIENT = "0", "1s"
IS_INVALID = sa.text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def index(name: str, table: str, columns: Sequence[str], where: str | None = None) -> None:
    """Build an index that is not there yet; what an interrupted build left is dropped first."""
    with _outside_a_transaction():
        if op.get_bind().scalar(IS_INVALID, {"name": name}):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        only = f" WHERE {where}" if where else ""
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({', '.join(columns)}){only}")


def drop_index(name: str) -> None:
    """Drop an index, if it is there."""
    with _outside_a_transaction():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


@contextmanager
def _outside_a_transaction() -> Iterator[None]:
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{PATIENT}'")
        yield
        op.execute(f"SET lock_timeout = '{IMPATIENT}'")
