"""Everything that the two roles may do, written down: a grant that stands in one place alone is a fault."""

import asyncpg

ALL = "*"  # the whole table
Grants = dict[str, dict[str, set[str]]]

BALANCE = {"balance", "debt", "last_seq", "updated_at"}

WRITTEN: dict[str, Grants] = {
    "nexus_app": {
        "alembic_version": {"SELECT": {ALL}},
        "api_keys": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {
                *("user_id", "prefix", "value_hash", "previous_hash", "previous_until", "rotated_at"),
                *("last_used_at", "revoked_at", "made_by_key_id"),
            },
        },
        "audit_events": {"SELECT": {ALL}, "INSERT": {ALL}},
        "checkouts": {"SELECT": {ALL}, "INSERT": {ALL}},
        "credit_transactions": {"SELECT": {ALL}, "INSERT": {ALL}},
        "idempotency_keys": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {"fingerprint", "status", "sealed_body", "expires_at"},
        },
        "invitations": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {"token_hash", "expires_at", "revoked_at", "mail_asked_at", "mailed_at", "mail_error"},
        },
        "jobs": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {
                *("status", "output_data", "model", "error_code", "error_message", "attempt_count", "claim_number"),
                *("released_count", "worker", "run_after", "lease_expires_at"),
                *("started_at", "completed_at", "failed_at", "input_tokens", "output_tokens"),
            },
        },
        "org_credits": {"SELECT": {ALL}, "UPDATE": BALANCE},
        "organisations": {"SELECT": {ALL}, "UPDATE": {"name", "join_policy", "caching", "deletion_requested_at"}},
        "sessions": {
            "SELECT": {ALL},
            "UPDATE": {"current_hash", "previous_hash", "rotated_at", "ended_at", "end_reason"},
        },
        "users": {"SELECT": {ALL}, "UPDATE": {"role", "status"}},
        "webhook_deliveries": {"SELECT": {ALL}, "INSERT": {ALL}},
        "webhook_dispatches": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {
                *("status", "attempt_count", "round_count", "next_attempt_at", "claim_number", "lease_expires_at"),
                "replay_count",
            },
        },
        "webhook_endpoints": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {
                *("url", "description", "events", "secret", "previous_secret", "previous_until", "sealed_with"),
                *("disabled_at", "disabled_reason", "failing_since", "failed_events", "confirmed_at"),
                *("replay_count", "replays_counted_since"),
            },
            "DELETE": {ALL},
        },
        "webhook_events": {"SELECT": {ALL}, "INSERT": {ALL}},
    },
    "nexus_system": {
        "alembic_version": {"SELECT": {ALL}},
        "api_keys": {
            "SELECT": {
                *("organisation_id", "user_id", "id", "value_hash", "previous_hash", "revoked_at", "name", "prefix"),
                "made_by_key_id",
            },
            "UPDATE": {"revoked_at", "name", "prefix"},
        },
        "audit_events": {
            "SELECT": {"organisation_id", "id", "address", "created_at", "facts", "request_id"},
            "INSERT": {ALL},
            "UPDATE": {"address", "facts", "request_id"},
            "DELETE": {ALL},
        },
        "checkouts": {"SELECT": {ALL}, "UPDATE": {"status", "payment_intent", "paid_at", "taken_back"}},
        "credit_transactions": {"SELECT": {ALL}, "INSERT": {ALL}, "UPDATE": {"description"}},
        "idempotency_keys": {
            "SELECT": {"organisation_id", "id", "expires_at"},
            "UPDATE": {"expires_at"},
            "DELETE": {ALL},
        },
        "identities": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {"organisation_id", "user_id"},
            "DELETE": {ALL},
        },
        "invariant_findings": {"SELECT": {ALL}, "INSERT": {ALL}, "DELETE": {ALL}},
        "invitations": {
            "SELECT": {ALL},
            "UPDATE": {"accepted_at", "accepted_by", "revoked_at"},
            "DELETE": {ALL},
        },
        "jobs": {
            "SELECT": {
                *("organisation_id", "id", "user_id", "job_type", "status", "cost", "cached", "attempt_count"),
                *("max_attempts", "claim_number", "run_after", "deadline_at", "lease_expires_at"),
                *("created_at", "started_at", "completed_at", "failed_at", "input_erased_at", "output_erased_at"),
                "source_job_id",
            },
            "UPDATE": {
                *("lease_expires_at", "input_data", "output_data", "error_message"),
                *("input_erased_at", "output_erased_at"),
            },
        },
        "org_credits": {"SELECT": {ALL}, "INSERT": {ALL}, "UPDATE": BALANCE | {"spending_stopped_at"}},
        "organisations": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {"name", "domain", "rate_limit", "erased_at", "erasure_done_at"},
        },
        "payment_reversals": {"SELECT": {ALL}, "INSERT": {ALL}, "UPDATE": {"amount", "stage", "taken"}},
        "sessions": {
            "SELECT": {"organisation_id", "id", "user_id", "ended_at", "expires_at"},
            "INSERT": {ALL},
            "UPDATE": {"ended_at", "end_reason"},
            "DELETE": {ALL},
        },
        "stripe_events": {
            "SELECT": {ALL},
            "INSERT": {ALL},
            "UPDATE": {"outcome", "handled_at", "deliveries"},
            "DELETE": {ALL},
        },
        "users": {"SELECT": {ALL}, "INSERT": {ALL}, "UPDATE": {"email", "name", "role", "status", "last_signed_in_at"}},
        "webhook_dispatches": {
            "SELECT": {
                *("organisation_id", "id", "endpoint_id", "event_id", "status", "next_attempt_at", "claim_number"),
                *("lease_expires_at", "round_count"),
            },
            "UPDATE": {"lease_expires_at"},
        },
        "webhook_endpoints": {
            "SELECT": {
                *("organisation_id", "id", "sealed_with", "disabled_at", "failing_since", "confirmed_at", "host"),
            },
            "DELETE": {ALL},
        },
        "webhook_events": {
            "SELECT": {"organisation_id", "id", "created_at"},
            "UPDATE": {"created_at"},
            "DELETE": {ALL},
        },
    },
}

GRANTED = """
SELECT c.relname AS table, g.privilege_type AS privilege, '*' AS column, coalesce(r.rolname, 'PUBLIC') AS role
FROM pg_class c CROSS JOIN aclexplode(c.relacl) g LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
UNION ALL
SELECT c.relname, g.privilege_type, a.attname, coalesce(r.rolname, 'PUBLIC')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid CROSS JOIN aclexplode(a.attacl) g
LEFT JOIN pg_roles r ON r.oid = g.grantee WHERE c.relnamespace = 'public'::regnamespace
"""
ON_SCHEMA = """
SELECT r.rolname AS role, g.privilege_type AS privilege FROM pg_namespace n CROSS JOIN aclexplode(n.nspacl) g
JOIN pg_roles r ON r.oid = g.grantee WHERE n.nspname = 'public' AND r.rolname IN ('nexus_app', 'nexus_system')
"""


async def read_grants(connection: asyncpg.Connection) -> dict[str, Grants]:
    """What PostgreSQL says that every role but the owner may do."""
    found: dict[str, Grants] = {}
    for row in await connection.fetch(GRANTED):
        tables = found.setdefault(row["role"], {})
        tables.setdefault(row["table"], {}).setdefault(row["privilege"], set()).add(row["column"])
    return found


async def read_schema_grants(connection: asyncpg.Connection) -> set[tuple[str, str]]:
    """What the two roles may do in the schema itself."""
    return {(row["role"], row["privilege"]) for row in await connection.fetch(ON_SCHEMA)}
