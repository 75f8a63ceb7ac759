"""
What PostgreSQL's own catalogue says about isolation: each function gives the faults that it finds, as sentences.

The catalogue is asked, not the code: a table that somebody forgot to lock is found whoever made it.
"""

import re
from collections.abc import Awaitable, Callable

import asyncpg

APP, SYSTEM, OWNER = "nexus_app", "nexus_system", "nexus_owner"
BOUND = "( SELECT (NULLIF(current_setting('nexus.organisation_id'::text, true), ''::text))::uuid AS \"nullif\")"

OF_NOBODY = {
    "alembic_version": "the schema's revision",
    "invariant_findings": "how often each invariant of the whole house was broken: counts, never a row of anybody",
    "payment_reversals": "money that went back, by Stripe's payment: told of before anybody knows whose it was",
    "stripe_events": "which events came and what became of them, by Stripe's ids: no amounts, and nobody's name",
}
UNIQUE_ACROSS = {
    "pk_organisations": "the organisation itself",
    "uq_organisations_domain": "a domain belongs to one organisation; touched by sign-in alone",
    "uq_identities_issuer_subject": "an identity belongs to one person; touched by sign-in alone",
    "uq_invitations_token_hash": "whoever brings an invitation's link brings nothing else; a hash of 256 random bits",
    "uq_checkouts_session_id": "a session of Stripe's is one checkout: an event says which, and so whose it is",
    "uq_checkouts_payment_intent": "a payment pays one checkout: a refund says which, and so whose it is",
    "uq_api_keys_value_hash": "a value says whose key it is; looked up by the key book alone",
    "uq_api_keys_previous_hash": "the same, for the value before the last rotation",
}
LOOKED_UP_ACROSS = {
    "ix_organisations_deletion_requested_at": "organisations that are to be erased, whoever's turn it is",
    "ix_jobs_leases": "the sweep looks for ended leases of every organisation",
    "ix_idempotency_keys_expires_at": "what has had its day is forgotten, whosever it is",
    "ix_webhook_events_created_at": "what is old is forgotten, whosever it is",
    "ix_jobs_input_kept": "the same, of what was asked",
    "ix_jobs_output_kept": "the same, of what was answered",
    "ix_sessions_expires_at": "the same, of sessions",
    "ix_audit_events_created_at": "the same, of audit entries",
}

TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       pg_get_userbyid(c.relowner) AS owner,
       a.attnotnull AS not_null, a.attname IS NOT NULL AS has_organisation,
       (SELECT k.attname FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisprimary) AS key_begins
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname
"""
POLICIES = """
SELECT tablename, permissive, roles::text[] AS roles, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'
"""
INDEXES = """
SELECT t.relname AS table, x.relname AS name, i.indisunique AS is_unique, a.attname AS begins
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
WHERE t.relnamespace = 'public'::regnamespace
"""
FOREIGN_KEYS = """
SELECT c.conname AS name, t.relname AS table, f.relname AS target, c.convalidated AS validated,
       (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) AS begins,
       (SELECT attname FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1]) AS points_at
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
"""
ROLES = "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
MEMBERS = "SELECT pg_get_userbyid(member) AS member, pg_get_userbyid(roleid) AS role FROM pg_auth_members"
FUNCTIONS = """
SELECT proname, prosecdef, proleakproof, coalesce(array_to_string(proconfig, ' '), '') AS settings FROM pg_proc
WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
"""
VIEWS = """
SELECT relname, relkind::text AS kind, coalesce(array_to_string(reloptions, ' '), '') AS options FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
"""

Find = Callable[[asyncpg.Connection], Awaitable[list[str]]]


async def find_unlocked_tables(connection: asyncpg.Connection) -> list[str]:
    """Tables that are not held by row-level security, or whose key does not begin with the organisation."""
    faults = []
    for table in await connection.fetch(TABLES):
        if table["name"] in OF_NOBODY:
            continue
        begins = "id" if table["name"] == "organisations" else "organisation_id"
        held = {
            "has organisation_id, or stands on the list of tables of nobody": (
                table["has_organisation"] or table["name"] == "organisations"
            ),
            "its organisation is never null": table["not_null"] or table["name"] == "organisations",
            "its key begins with the organisation": table["key_begins"] == begins,
            "row-level security is enabled": table["enabled"],
            "row-level security is forced": table["forced"],
            "the owner is nexus_owner": table["owner"] == OWNER,
        }
        faults += [f"{table['name']}: not so: {promise}" for promise, kept in held.items() if not kept]
    return faults


async def find_wrong_policies(connection: asyncpg.Connection) -> list[str]:
    """Tables without exactly one permissive policy for each role, in the one shape that there is."""
    policies = await connection.fetch(POLICIES)
    faults = []
    for table in await connection.fetch(TABLES):
        column = "id" if table["name"] == "organisations" else "organisation_id"
        for role, shape in ((APP, f"({column} = {BOUND})"), (SYSTEM, "true")):
            if table["name"] in OF_NOBODY:
                continue
            found = [p for p in policies if p["tablename"] == table["name"] and role in p["roles"]]
            whole = [("PERMISSIVE", "ALL", shape, shape)]
            if [(p["permissive"], p["cmd"], p["qual"], p["with_check"]) for p in found] != whole:
                faults.append(f"{table['name']}: {role} has {[dict(policy) for policy in found]}")
    faults += [f"{p['tablename']}: a policy for {p['roles']}" for p in policies if p["roles"] not in ([APP], [SYSTEM])]
    cast = re.compile(r"organisation_id\)?::")
    return faults + [f"{p['tablename']}: casts the column" for p in policies if cast.search(p["qual"] or "")]


async def find_loose_indexes(connection: asyncpg.Connection) -> list[str]:
    """Indexes that do not begin with the organisation, but for those on the lists."""
    return [
        f"{index['table']}: {index['name']} begins with {index['begins']}"
        for index in await connection.fetch(INDEXES)
        if index["begins"] != "organisation_id"
        and index["table"] not in OF_NOBODY
        and index["name"] not in (UNIQUE_ACROSS if index["is_unique"] else LOOKED_UP_ACROSS)
    ]


async def find_loose_foreign_keys(connection: asyncpg.Connection) -> list[str]:
    """Foreign keys that could refer to another organisation's row, or that nobody validated."""
    return [
        f"{key['table']}: {key['name']} ({key['begins']} -> {key['target']}.{key['points_at']})"
        for key in await connection.fetch(FOREIGN_KEYS)
        if key["begins"] != "organisation_id"
        or key["points_at"] != ("id" if key["target"] == "organisations" else "organisation_id")
        or not key["validated"]
    ]


async def find_mighty_roles(connection: asyncpg.Connection) -> list[str]:
    """What the three roles could do past row-level security."""
    roles = {role["rolname"]: role for role in await connection.fetch(ROLES)}
    powers = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    faults = [f"{name} has {power}" for name in (APP, SYSTEM, OWNER) for power in powers if roles[name][power]]
    members = [
        f"{m['member']} is a member of {m['role']}" for m in await connection.fetch(MEMBERS) if m["member"] in roles
    ]
    return (
        faults
        + [member for member in members if member.startswith((APP, SYSTEM, OWNER))]
        + (["nexus_owner logs in"] if roles[OWNER]["rolcanlogin"] else [])
    )


async def find_ways_around(connection: asyncpg.Connection) -> list[str]:
    """Functions and views that answer with somebody else's rights, or tell what they should not."""
    functions = await connection.fetch(FUNCTIONS)
    return [
        *(f"{f['proname']} is LEAKPROOF" for f in functions if f["proleakproof"]),
        *(
            f"{f['proname']} has no search_path"
            for f in functions
            if f["prosecdef"] and "search_path=" not in f["settings"]
        ),
        *(
            f"the view {view['relname']} shows its owner's rows"
            for view in await connection.fetch(VIEWS)
            if view["kind"] == "m" or "security_invoker=true" not in view["options"]
        ),
    ]


OF_EVERY_REVISION: tuple[Find, ...] = (
    find_unlocked_tables,
    find_wrong_policies,
    find_loose_indexes,
    find_loose_foreign_keys,
    find_mighty_roles,
    find_ways_around,
)
