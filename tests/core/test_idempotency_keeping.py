"""Answers are kept for a day, sealed, over restarts, and only for those who may have them."""

from uuid import UUID, uuid4

import asyncpg
import httpx

from nexus.config import Settings
from nexus.core.db import Database
from nexus.core.idempotency import forget_expired
from tests.house import Person, Servers, door, refusal, run_app, settings_of

TEXT = "A text that nobody should find in the table of keys."


def keyed(key: str | None = None, **headers: str) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Idempotency-Key": key or uuid4().hex, **headers}


async def jobs_of(truth: asyncpg.Connection, person: Person) -> int:
    """How many jobs there are."""
    return int(await truth.fetchval("SELECT count(*) FROM jobs WHERE organisation_id = $1", person.organisation_id))


async def test_another_api_process_replays_the_answer_after_a_restart(
    ann: Person, settings: Settings, truth: asyncpg.Connection
) -> None:
    headers = keyed() | dict(ann.api.headers)
    first = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)

    async with run_app(settings) as restarted, door(restarted) as api:
        again = await api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert (again.status_code, again.content) == (202, first.content)
    assert await jobs_of(truth, ann) == 1


async def test_after_a_rotation_of_keys_the_old_ones_still_open_what_they_sealed(
    ann: Person, servers: Servers, truth: asyncpg.Connection
) -> None:
    headers = keyed() | dict(ann.api.headers)
    first = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)
    old = servers.environment["NEXUS_SECRET_KEYS"]
    rotated = settings_of(servers.environment | {"NEXUS_SECRET_KEYS": f"{uuid4().hex},{old}"})

    async with run_app(rotated) as restarted, door(restarted) as api:
        again = await api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert again.content == first.content
    assert await jobs_of(truth, ann) == 1


async def test_an_expired_key_starts_afresh(ann: Person, truth: asyncpg.Connection) -> None:
    headers = keyed()
    first = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)
    await truth.execute(
        "UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = $1",
        headers["Idempotency-Key"],
    )

    other = await ann.api.post("/summarize", json={"text": "Another."}, headers=headers)
    replayed = await ann.api.post("/summarize", json={"text": "Another."}, headers=headers)

    assert other.json()["job_id"] != first.json()["job_id"]
    assert replayed.content == other.content


async def test_a_key_is_kept_for_a_day_and_then_forgotten(ann: Person, db: Database, truth: asyncpg.Connection) -> None:
    old, new = keyed(), keyed()
    for headers in (old, new):
        await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)
    kept_for = await truth.fetchval(
        "SELECT extract(epoch FROM expires_at - created_at) FROM idempotency_keys WHERE key = $1",
        old["Idempotency-Key"],
    )
    await truth.execute(
        "UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = $1", old["Idempotency-Key"]
    )

    async with db.system() as tx:
        forgotten = await forget_expired(tx)

    left = await truth.fetch("SELECT key FROM idempotency_keys WHERE organisation_id = $1", ann.organisation_id)
    assert float(kept_for) == 24 * 3600
    assert forgotten >= 1
    assert [row["key"] for row in left] == [new["Idempotency-Key"]]


async def test_nothing_of_a_request_or_its_answer_can_be_read_in_the_table(
    ann: Person, truth: asyncpg.Connection
) -> None:
    headers = keyed()
    answer = (await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)).json()

    rows = await truth.fetch("SELECT * FROM idempotency_keys WHERE key = $1", headers["Idempotency-Key"])

    stored = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in rows[0].values())
    assert len(rows) == 1
    for secret in (answer["job_id"], UUID(answer["job_id"]).bytes.hex(), TEXT, "pending", "application/json"):
        assert secret.encode() not in stored


async def test_somebody_who_was_removed_gets_401_and_not_the_replay(
    ann: Person, amy: Person, truth: asyncpg.Connection
) -> None:
    headers = keyed()
    await amy.api.post("/summarize", json={"text": TEXT}, headers=headers)
    await truth.execute("UPDATE users SET status = 'removed' WHERE id = $1", amy.user_id)

    amys = await amy.api.post("/summarize", json={"text": TEXT}, headers=headers)
    anns = await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert refusal(amys) == (401, "not_signed_in")
    assert (anns.status_code, anns.headers["Idempotency-Replayed"]) == (202, "true")


async def test_nobody_gets_a_replay_without_a_token(api: httpx.AsyncClient, ann: Person) -> None:
    headers = keyed()
    await ann.api.post("/summarize", json={"text": TEXT}, headers=headers)

    answer = await api.post("/summarize", json={"text": TEXT}, headers=headers)

    assert refusal(answer) == (401, "not_signed_in")
