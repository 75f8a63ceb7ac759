"""A database as it is after years: thousands of organisations, each with its jobs and a ledger that adds up."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx

from benchmarks.stack import Stack, wait_for
from nexus.local.ports import free_port

ORGANISATIONS = 10_000
PEOPLE = 40  # organisations that ask; all others are only there
URLS = ("NEXUS_MIGRATION_DATABASE_URL", "NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL")

# Triggers and foreign keys are left out while the rows come: they are made to agree, and `nexus check` says whether.
# Jobs of all organisations lie as they came, by time, and not each organisation's together.
FILL = """
SET session_replication_role = replica;
SET work_mem = '400MB';
SET maintenance_work_mem = '400MB';
SET synchronous_commit = off;
INSERT INTO organisations (id, name) SELECT uuidv7(), 'grown ' || n FROM generate_series(1, {others}) n;
INSERT INTO users (organisation_id, id, email, role)
SELECT id, uuidv7(), 'ann@' || id || '.test', 'admin' FROM organisations WHERE name LIKE 'grown %';
INSERT INTO org_credits (organisation_id, id, balance, last_seq)
SELECT id, uuidv7(), 0, 0 FROM organisations WHERE name LIKE 'grown %';
DELETE FROM credit_transactions;
INSERT INTO jobs (organisation_id, id, user_id, created_at, job_type, status, cost, input_data, output_data, model,
                  attempt_count, max_attempts, claim_number, run_after, deadline_at, started_at, completed_at)
SELECT u.organisation_id, uuidv7(-age), u.id, now() - age, 'instant', 'completed', 1,
       jsonb_build_object('text', repeat('The old bridge over the Lune was closed on Monday. ', 4) || n),
       '{{"length": 204}}', 'offline:count', 1, 3, 1, now() - age, now() - age, now() - age, now() - age
FROM users u, generate_series(1, {each}) n, LATERAL (SELECT interval '30 days' * (n + random()) / ({each} + 1)) a (age)
ORDER BY age DESC;
INSERT INTO credit_transactions (organisation_id, id, created_at, seq, type, amount, balance_after, description)
SELECT organisation_id, uuidv7(interval '-31 days'), now() - interval '31 days', 1, 'grant', 1000000, 1000000, 'bench'
FROM org_credits;
INSERT INTO credit_transactions (organisation_id, id, created_at, seq, type, amount, balance_after, job_id, description)
SELECT organisation_id, uuidv7(created_at - now()), created_at, 1 + n, 'deduction', -1, 1000000 - n, id, 'Job: instant'
FROM (SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY created_at, id) AS n FROM jobs) numbered
ORDER BY created_at;
UPDATE org_credits SET balance = 1000000 - {each}, last_seq = 1 + {each};
"""


@dataclass(frozen=True)
class Grown:
    """A database of this size, an API process on it, and who may ask: each person's token and some of their jobs."""

    jobs: int
    environment: dict[str, str]
    api: str
    tokens: list[str]
    job_ids: list[list[UUID]]

    @property
    def superuser_url(self) -> str:
        """The superuser's door."""
        return self.environment[URLS[0]]


@asynccontextmanager
async def grown(stack: Stack, jobs: int) -> AsyncIterator[Grown]:
    """Make one, on the stack's server; it is dropped afterwards."""
    name = f"grown_{jobs}"
    server = await asyncpg.connect(stack.run["database_url"])
    await server.execute(f"CREATE DATABASE {name}")
    environment = _environment(stack, name)
    port = free_port()
    _nexus(environment, "migrate")
    process = _api(environment, port)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health")
        tokens = await _sign_in(url, stack.idp, name)
        async with connected(environment[URLS[0]]) as connection:
            await connection.execute(
                FILL.format(others=ORGANISATIONS - PEOPLE, each=jobs // ORGANISATIONS), timeout=600
            )
            await connection.execute("RESET session_replication_role")
            await connection.execute("VACUUM ANALYZE", timeout=600)
            await connection.execute("CHECKPOINT", timeout=600)
            ids = await _jobs_of(connection)
        yield Grown(jobs, environment, url, tokens, ids)
    finally:
        process.terminate()
        process.wait()
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A plain connection."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def _environment(stack: Stack, database: str) -> dict[str, str]:
    """The settings of the stack's processes, with another database."""
    made: dict[str, str] = json.loads((stack.folder / "environment.json").read_text())
    made[URLS[0]] = stack.run["database_url"]
    moved = {name: urlsplit(made[name])._replace(path=f"/{database}").geturl() for name in URLS}
    return dict(os.environ) | made | moved


def _api(environment: dict[str, str], port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.processes", "api", "--port", str(port)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def _nexus(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "nexus.cli", *arguments]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).parent.parent)


async def _sign_in(url: str, idp: str, name: str) -> list[str]:
    tokens = []
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        for number in range(PEOPLE):
            email = f"ann@{name.replace('_', '-')}-{number}.test"
            said = await client.post(f"{idp}/dev/id-token", json={"email": email})
            pair = await client.post(f"{url}/v1/auth/google", json={"id_token": said.json()["id_token"]})
            tokens.append(pair.raise_for_status().json()["access_token"])
    return tokens


async def _jobs_of(connection: "asyncpg.Connection[asyncpg.Record]") -> list[list[UUID]]:
    """Some jobs of each person who asks, in the order in which they signed in."""
    rows = await connection.fetch(
        "SELECT o.id, array(SELECT j.id FROM jobs j WHERE j.organisation_id = o.id ORDER BY random() LIMIT 20) AS jobs"
        " FROM organisations o WHERE o.name NOT LIKE 'grown %' ORDER BY o.created_at, o.id"
    )
    return [list(row["jobs"]) for row in rows]
