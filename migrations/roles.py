"""
The three roles. None of them is a superuser, and none bypasses row-level security.

`nexus_owner` owns every table, and no process logs in as it. `nexus_app` sees the organisation of its transaction.
`nexus_system` has narrow grants for what must look across organisations.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from nexus.database_address import read_database_address

OWNER = "nexus_owner"
APP = "nexus_app"
SYSTEM = "nexus_system"

URLS = {APP: "NEXUS_DATABASE_URL", SYSTEM: "NEXUS_SYSTEM_DATABASE_URL"}
LIMITS = {"statement_timeout": "15s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "10s"}
# To PostgreSQL, a client that froze between parsing a statement and running it is not idle: only this limit ends it.
LIMITS_SINCE_17 = {"transaction_timeout": "30s"}


class WrongRole(Exception):
    """A process's database address names another role than the one that is made for it."""


def ensure_roles(connection: Connection, environment: Mapping[str, str]) -> None:
    """Make the roles that are missing, and give the two that log in the passwords of their addresses."""
    present = set(connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'nexus%'")))
    for role in (OWNER, APP, SYSTEM):
        if role not in present:
            connection.execute(text(f"CREATE ROLE {role} NOSUPERUSER NOBYPASSRLS NOINHERIT"))
    for role, setting in URLS.items():
        _let_in(connection, role, environment.get(setting))
    connection.execute(text(f"GRANT {OWNER} TO CURRENT_USER"))
    connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {APP}, {SYSTEM}"))
    connection.commit()


def _let_in(connection: Connection, role: str, url: str | None) -> None:
    """Allow a role to log in with the password of this address, and bound what it may wait for."""
    if url is None:
        return
    address = read_database_address(url)
    if address.user != role:
        raise WrongRole(f"{URLS[role]} must name the role {role}, not {address.user or 'none'}")
    quoted = connection.scalar(text("SELECT quote_literal(:password)"), {"password": address.password or ""})
    connection.execute(text("SELECT set_config('password_encryption', 'scram-sha-256', true)"))
    connection.exec_driver_sql(f"ALTER ROLE {role} LOGIN PASSWORD {quoted}")
    version = connection.dialect.server_version_info or (0,)
    for limit, value in (LIMITS | (LIMITS_SINCE_17 if version >= (17,) else {})).items():
        connection.execute(text(f"ALTER ROLE {role} SET {limit} = '{value}'"))
