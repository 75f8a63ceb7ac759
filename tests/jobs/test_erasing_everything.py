"""After an erasure no word of anybody is left, in any column or in Redis, and nobody says that it is done before."""

import asyncio
import json
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from nexus import operate
from nexus.config import Settings
from nexus.core.db import Database
from nexus.core.redis import QuickRedis
from nexus.job_types import summarize
from nexus.jobs import erasure
from nexus.jobs.answers import Answer
from nexus.jobs.cache import Cache
from nexus.jobs.rounds import keep_up
from tests.accounts.team import invite
from tests.house import NOBODY_THERE, Person, Servers, sign_in, some_domain, wait_for
from tests.jobs.attempts import complete, held, key_of
from tests.jobs.floor import Client
from tests.migrations.scratch import Scratch

MARK = "zinnia"
GRACE_IS_OVER = "UPDATE organisations SET deletion_requested_at = now() - interval '30 days 1 minute' WHERE id = $1"
DONE = "SELECT erasure_done_at FROM organisations WHERE id = $1"
SETTLE = """
UPDATE jobs SET status = 'completed', completed_at = now(), lease_expires_at = NULL,
                output_data = '{"summary": "zinnia"}' WHERE id = $1
"""
SOMEBODY_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
HOLD_AUDIT = "SELECT FROM audit_events WHERE organisation_id = $1 FOR UPDATE"
TEXTS = "SELECT input_data::text || coalesce(output_data::text, '') FROM jobs WHERE organisation_id = $1"
LATE_JOB = """
INSERT INTO jobs (organisation_id, id, user_id, job_type, status, cost, input_data, output_data, completed_at,
                  max_attempts, run_after, deadline_at)
VALUES ($1, $2, $3, 'summarize', 'completed', 0, '{"text": "zinnia"}', '{}', now(), 3, now(), now())
"""
OLD_FACTS = """
INSERT INTO audit_events (organisation_id, id, action, user_id, target, facts, request_id, address)
SELECT $1, gen_random_uuid(), 'api_key.created', $2, NULL, '{"name": "zinnia"}', 'zinnia-request', '192.0.2.7'
FROM generate_series(1, $3)
"""
COLUMNS = """
SELECT table_name || '.' || column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY', 'inet')
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
FOUND = "SELECT count(*) FROM {} t WHERE to_jsonb(t)::text ILIKE '%zinnia%' OR to_jsonb(t)::text LIKE '%' || $1 || '%'"

# Every column that can hold words or bytes, by what an erasure does with it. A new one wants a line here.
EMPTIED = {
    *("api_keys.name", "api_keys.prefix", "audit_events.address", "audit_events.facts", "audit_events.request_id"),
    *("credit_transactions.description", "jobs.error_message", "jobs.excerpt", "jobs.input_data", "jobs.output_data"),
    *("organisations.domain", "organisations.name", "users.email", "users.name"),
}
GONE_WITH_THEIR_ROW = {
    *("idempotency_keys.fingerprint", "idempotency_keys.key", "idempotency_keys.sealed_body"),
    *("identities.issuer", "identities.subject"),
    *("invitations.email", "invitations.mail_error", "invitations.role", "invitations.token_hash"),
    *("webhook_deliveries.error", "webhook_dispatches.status", "webhook_events.body", "webhook_events.type"),
    *("webhook_endpoints.description", "webhook_endpoints.disabled_reason", "webhook_endpoints.events"),
    *("webhook_endpoints.previous_secret", "webhook_endpoints.sealed_with", "webhook_endpoints.secret"),
    *("webhook_endpoints.url", "webhook_endpoints.host"),
}
WORDS_OF_OURS = {  # enums, names of machines and models, the operator's packs
    *("alembic_version.version_num", "api_keys.scopes", "audit_events.action", "checkouts.currency"),
    *("checkouts.pack_id", "checkouts.pack_name", "checkouts.status", "credit_transactions.type"),
    *(
        "jobs.error_code",
        "jobs.job_type",
        "jobs.model",
        "jobs.requester_type",
        "jobs.status",
        "jobs.worker",
        "organisations.join_policy",
    ),
    *("payment_reversals.currency", "payment_reversals.kind", "sessions.client", "sessions.end_reason"),
    *("stripe_events.outcome", "stripe_events.type", "users.role", "users.status"),
}
IDS_AND_HASHES = {  # which lead to nobody once the rest is gone, or only to the books of Stripe
    *("api_keys.previous_hash", "api_keys.value_hash", "audit_events.target", "checkouts.payment_intent"),
    *("checkouts.session_id", "invariant_findings.violations", "payment_reversals.payment_intent"),
    *("payment_reversals.reference", "sessions.current_hash", "sessions.previous_hash", "stripe_events.about"),
    "stripe_events.event_id",
}


async def test_every_column_that_can_hold_words_is_known_here(truth: asyncpg.Connection) -> None:
    known = [EMPTIED, GONE_WITH_THEIR_ROW, WORDS_OF_OURS, IDS_AND_HASHES]

    found = {row[0] for row in await truth.fetch(COLUMNS)}

    assert found == set[str]().union(*known)
    assert len(found) == sum(map(len, known))


@pytest.fixture
async def ann(api: httpx.AsyncClient, servers: Servers) -> Person:
    """Ann, whose organisation and whose name hold the mark."""
    return await sign_in(api, servers.idp, f"{MARK}@{MARK}-{some_domain()}", name=f"{MARK} Archer")


async def live(ann: Person, settings: Settings, truth: asyncpg.Connection) -> None:
    """Leave the mark wherever a customer, a client or the operator can write."""
    marked = {"X-Request-ID": f"{MARK}-request-1"}
    url = f"http://{NOBODY_THERE}/{MARK}"
    answers = [
        await ann.api.patch("/organisation", json={"name": f"{MARK} GmbH"}, headers=marked),
        await ann.api.post("/api-keys", json={"name": f"{MARK}'s laptop", "scopes": ["read"]}, headers=marked),
        await ann.api.post("/webhooks", json={"url": url, "description": f"the server of {MARK}"}, headers=marked),
        await ann.api.post("/summarize", json={"text": f"{MARK} 1"}, headers={"Idempotency-Key": f"{MARK}-once"}),
        await ann.api.post("/summarize", json={"text": f"{MARK} rains on the harbour."}),
        await ann.api.get("/audit-events/export", headers=marked),
        await ann.api.get("/organisation/export"),
    ]
    assert [answer.text for answer in answers if not answer.is_success] == []
    hook = answers[2].json()["id"]
    assert (await ann.api.patch(f"/webhooks/{hook}", json={"description": f"{MARK} again"})).status_code == 200
    assert (await ann.api.post(f"/webhooks/{hook}/test")).status_code == 202
    await invite(ann, f"{MARK}@elsewhere.test")
    await operate.grant(settings, str(ann.organisation_id), 5, f"{MARK} asked on the phone")
    for row in await truth.fetch("SELECT id FROM jobs WHERE organisation_id = $1 LIMIT 1", ann.organisation_id):
        await truth.execute(SETTLE, row["id"])
    await truth.execute("UPDATE jobs SET error_message = 'zinnia' WHERE organisation_id = $1", ann.organisation_id)
    await truth.execute(OLD_FACTS, ann.organisation_id, ann.user_id, 3)
    assert (await ann.api.post("/organisation/deletion")).status_code == 201


async def traces(truth: asyncpg.Connection, ann: Person) -> set[str]:
    """The tables in which the mark stands, or the domain that holds it."""
    found = set()
    for (table,) in await truth.fetch(TABLES):
        if await truth.fetchval(FOUND.format(table), ann.domain):
            found.add(table)
    return found


async def test_a_mark_that_was_left_everywhere_is_nowhere_after_the_erasure(
    *, ann: Person, bob: Person, settings: Settings, truth: asyncpg.Connection, db: Database
) -> None:
    redis = QuickRedis(settings.redis_url.get_secret_value())
    cache, kind = Cache(redis, [], 600, offline=True), summarize.summarize
    names = [
        cache.name_of(one.organisation_id, kind, kind.takes(text=f"{MARK} {n} rains on the harbour."))
        for one, n in ((ann, 1), (ann, 2), (bob, 1))
    ]
    output = json.dumps({"summary": MARK, "word_count": 1, "reading_time_seconds": 1})
    for name in names:
        await redis.ask(("SET", name, Answer(output, "somebody").packed(name), "EX", 600), otherwise=None)
    await live(ann, settings, truth)
    before = await traces(truth, ann)
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)

    await keep_up(db, cache.forget)

    kept = [await redis.ask(("EXISTS", name), otherwise=None) for name in names]
    assert {"api_keys", "audit_events", "credit_transactions", "invitations", "jobs", "webhook_endpoints"} <= before
    assert await traces(truth, ann) == set()
    assert kept == [[0], [0], [1]]
    assert await truth.fetchval(DONE, ann.organisation_id) is not None
    await redis.close()


async def test_no_new_entry_of_the_audit_holds_what_somebody_wrote(
    ann: Person, settings: Settings, truth: asyncpg.Connection
) -> None:
    await live(ann, settings, truth)

    written = "SELECT action FROM audit_events WHERE organisation_id = $1 AND request_id <> 'zinnia-request' AND {}"
    told = await truth.fetch(
        written.format("facts::text ILIKE '%zinnia%' AND action <> 'organisation.created'"), ann.organisation_id
    )
    assert [row["action"] for row in told] == []


async def test_while_redis_is_away_nobody_says_that_all_is_erased(
    ann: Person, truth: asyncpg.Connection, db: Database
) -> None:
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)
    away = QuickRedis("redis://127.0.0.1:1")

    await keep_up(db, Cache(away, [], 600, offline=True).forget)
    during = await truth.fetchval(DONE, ann.organisation_id)
    await keep_up(db)

    assert during is None
    assert await truth.fetchval(DONE, ann.organisation_id) is not None
    await away.close()


async def interrupted(
    ann: Person, truth: asyncpg.Connection, other: asyncpg.Connection, db: Database
) -> "asyncio.Task[None]":
    """An erasure that has gone over the texts, and waits for somebody who holds the audit."""
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)
    await other.fetch(HOLD_AUDIT, ann.organisation_id)
    erasing = asyncio.create_task(keep_up(db))
    await wait_for(partial(truth.fetchval, SOMEBODY_WAITS))
    return erasing


async def test_a_worker_that_ends_its_job_while_the_erasure_runs_leaves_no_text(
    client: Client, quiet: Scratch, truth: asyncpg.Connection, db: Database
) -> None:
    ann, job_id = client.person, await client.submit()
    claimed = await held(db, key_of(client, job_id))
    other = await asyncpg.connect(quiet.superuser_url)
    async with other.transaction():
        erasing = await interrupted(ann, truth, other, db)
        ended = await complete(db, claimed)
    await erasing

    left = [row[0] for row in await truth.fetch(TEXTS, ann.organisation_id)]
    assert (ended, left) == (False, ["{}"])
    assert await truth.fetchval(DONE, ann.organisation_id) is not None
    await other.close()


async def test_an_erasure_is_not_done_while_a_text_came_in_behind_it(
    client: Client, quiet: Scratch, truth: asyncpg.Connection, db: Database
) -> None:
    ann = client.person
    other = await asyncpg.connect(quiet.superuser_url)
    async with other.transaction():
        erasing = await interrupted(ann, truth, other, db)
        await truth.execute(LATE_JOB, ann.organisation_id, uuid4(), ann.user_id)
    await erasing
    halfway = await truth.fetchval(DONE, ann.organisation_id)

    await keep_up(db)

    assert halfway is None
    assert [row[0] for row in await truth.fetch(TEXTS, ann.organisation_id)] == ["{}{}"]
    assert await truth.fetchval(DONE, ann.organisation_id) is not None
    await other.close()


async def test_a_worker_that_holds_its_job_keeps_the_erasure_waiting_and_not_the_others(
    client: Client, bob: Person, quiet: Scratch, truth: asyncpg.Connection, db: Database
) -> None:
    ann, job_id = client.person, await client.submit()
    await held(db, key_of(client, job_id))
    for person in (ann, bob):
        await truth.execute(GRACE_IS_OVER, person.organisation_id)
    other = await asyncpg.connect(quiet.superuser_url)
    async with other.transaction():
        await other.execute(SETTLE, UUID(job_id))  # and the worker freezes before it commits
        await keep_up(db)
        during = [await truth.fetchval(DONE, one.organisation_id) for one in (ann, bob)]

    await keep_up(db)

    assert (during[0], during[1] is not None) == (None, True)
    assert MARK not in "".join(row[0] for row in await truth.fetch(TEXTS, ann.organisation_id))
    assert await truth.fetchval(DONE, ann.organisation_id) is not None
    await other.close()


async def test_what_a_late_request_left_after_the_erasure_is_erased_too(
    client: Client, truth: asyncpg.Connection, db: Database
) -> None:
    ann = client.person
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)
    await keep_up(db)
    await truth.execute(LATE_JOB, ann.organisation_id, uuid4(), ann.user_id)

    await keep_up(db)

    assert [row[0] for row in await truth.fetch(TEXTS, ann.organisation_id)] == ["{}{}"]


async def test_a_long_audit_is_emptied_batch_by_batch(ann: Person, truth: asyncpg.Connection, db: Database) -> None:
    await truth.execute(OLD_FACTS, ann.organisation_id, ann.user_id, erasure.BATCH * 20 + 7)
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)

    await asyncio.gather(keep_up(db), keep_up(db))

    left = "SELECT count(*) FROM audit_events WHERE organisation_id = $1 AND (facts <> '{}' OR address IS NOT NULL)"
    assert await truth.fetchval(left, ann.organisation_id) == 0
    assert await truth.fetchval(DONE, ann.organisation_id) is not None
