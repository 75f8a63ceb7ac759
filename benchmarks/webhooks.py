"""How fast organisations are told: deliveries a second, and how soon after a job's end the first attempt begins."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

import asyncpg
import httpx

from benchmarks.setting import Crowd, Row
from nexus.local.ports import is_free

ROUNDS = 3
ORGANISATIONS = 100
EACH = 20
SAMPLES = 200
AGAIN = "UPDATE webhook_dispatches SET status = 'pending', round_count = 0, next_attempt_at = now()"
OPEN = "SELECT count(*) FROM webhook_dispatches WHERE status = 'pending'"
WAITED = """
SELECT extract(epoch FROM a.at - e.created_at) * 1000 FROM webhook_deliveries a
JOIN webhook_dispatches d ON d.organisation_id = a.organisation_id AND d.id = a.dispatch_id
JOIN webhook_events e ON e.organisation_id = d.organisation_id AND e.id = d.event_id
WHERE a.attempt = 1 AND e.type = 'job.completed' AND e.created_at > $1
"""


async def deliveries(crowd: Crowd) -> list[Row]:
    """Many events that wait for a hundred endpoints, sent and booked by one worker; the receiver answers at once."""
    hooks = [await _register(crowd, token) for token in crowd.tokens[:ORGANISATIONS]]
    truth = await asyncpg.connect(crowd.stack.run["database_url"])
    with receiving(crowd.stack.receiver):
        async with httpx.AsyncClient(base_url=f"{crowd.stack.api}/v1", trust_env=False, timeout=30) as client:
            for token, hook in zip(crowd.tokens, hooks, strict=False):
                tests = [client.post(f"/webhooks/{hook}/test", headers=_as(token)) for _ in range(EACH)]
                assert {answer.status_code for answer in await asyncio.gather(*tests)} == {202}
        rates = [await _resent(truth) for _ in range(ROUNDS)]
    await truth.close()
    note = f"one worker, {ORGANISATIONS} endpoints, two requests at a time for each"
    return [("webhook deliveries", f"{median(rates):.0f} /s", note)]


async def first_attempt(crowd: Crowd) -> list[Row]:
    """From a job's end to the first attempt at telling of it, by PostgreSQL's clock."""
    truth = await asyncpg.connect(crowd.stack.run["database_url"])
    began = await truth.fetchval("SELECT now()")
    headers = _as(crowd.tokens[0])
    with receiving(crowd.stack.receiver):
        async with httpx.AsyncClient(base_url=f"{crowd.stack.api}/v1", headers=headers, trust_env=False) as client:
            for _ in range(SAMPLES):
                await client.post("/instant", json={"text": f"Tell me, {next(crowd.numbers)}."})
                await asyncio.sleep(0.02)
        await crowd.until_idle()
        await _until_told(truth)
    waited = [float(row[0]) for row in await truth.fetch(WAITED, began)]
    await truth.close()
    assert len(waited) == SAMPLES, len(waited)
    p95 = quantiles(waited, n=20)[-1]
    return [("first attempt after completion, p50 / p95", f"{median(waited):.0f} / {p95:.0f} ms", f"{SAMPLES} samples")]


async def _resent(truth: asyncpg.Connection) -> float:
    """Have everything sent once more; deliveries a second."""
    await _until_told(truth)
    started = time.perf_counter()
    await truth.execute(AGAIN)
    await _until_told(truth)
    return ORGANISATIONS * EACH / (time.perf_counter() - started)


async def _until_told(truth: asyncpg.Connection) -> None:
    async with asyncio.timeout(120):
        while await truth.fetchval(OPEN):
            await asyncio.sleep(0.01)


async def _register(crowd: Crowd, token: str) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        asked = {"url": f"http://{crowd.stack.receiver}/"}
        answer = await client.post(f"{crowd.stack.api}/v1/webhooks", json=asked, headers=_as(token))
        hook: str = answer.raise_for_status().json()["id"]
        return hook


@contextmanager
def receiving(address: str) -> Iterator[None]:
    """Somebody listens there until the block ends."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.receiver", address])
    try:
        while is_free(int(address.rpartition(":")[2])):
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait()


def _as(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
