"""
Locking a table to its organisation.

Row-level security is enabled and forced, so that it holds for the owner too. `nexus_app` sees the rows of the
organisation that its transaction is bound to; with none bound the setting is empty and it sees nothing. The policy
compares without a cast of the column, so that the index on the key serves it.
"""

from collections.abc import Sequence

from alembic import op

from migrations.roles import APP, SYSTEM

BOUND = "(SELECT nullif(current_setting('nexus.organisation_id', true), '')::uuid)"


def lock_to_organisation(table: str, column: str = "organisation_id") -> None:
    """Let `nexus_app` see and write one organisation's rows, and `nexus_system` only what it is granted."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_of_the_organisation ON {table} TO {APP} "
        f"USING ({column} = {BOUND}) WITH CHECK ({column} = {BOUND})"
    )
    op.execute(f"CREATE POLICY {table}_for_the_system ON {table} TO {SYSTEM} USING (true) WITH CHECK (true)")


def grant(role: str, privilege: str, table: str, columns: Sequence[str] = ()) -> None:
    """Grant a privilege on a table, or on some of its columns only."""
    named = f" ({', '.join(columns)})" if columns else ""
    op.execute(f"GRANT {privilege}{named} ON {table} TO {role}")


def revoke(role: str, privilege: str, table: str, columns: Sequence[str]) -> None:
    """Take back what was granted on some columns of a table."""
    op.execute(f"REVOKE {privilege} ({', '.join(columns)}) ON {table} FROM {role}")


def append_only(table: str) -> None:
    """Refuse every change of what is written, whoever asks: a correction is a new row."""
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION nexus_refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION nexus_refuse_change()"
    )
