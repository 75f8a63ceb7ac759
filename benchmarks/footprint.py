"""What the longest texts cost without a model, and what the stack weighs after such work."""

import asyncio
from pathlib import Path
from statistics import median

import asyncpg
import httpx
import psutil

from benchmarks.setting import Crowd, Row

LONG = 50_000
SAMPLES = 5
DOCUMENT = Path(__file__).parent.parent / "tests" / "data"


async def longest_text(crowd: Crowd) -> list[Row]:
    """The longest text that is taken, offline: from the claim to the result, by PostgreSQL's clock."""
    return [await _long(crowd, job_type) for job_type in ("summarize", "analyze")]


async def memory(crowd: Crowd) -> list[Row]:
    """Proportional set size of each process, children included, after the work above."""
    await asyncio.sleep(1)
    pids = crowd.stack.run["pids"]
    return [
        ("memory of an API process", f"{_pss(pids['api'][0]):.0f} MB", "PSS after work, under 150 MB"),
        ("memory of a worker", f"{_pss(pids['worker'][0]):.0f} MB", "PSS after work, under 280 MB"),
        ("memory of the whole stack without web", f"{_pss(crowd.stack.supervisor):.0f} MB", "PSS, under 800 MB"),
    ]


async def _long(crowd: Crowd, job_type: str) -> Row:
    prose = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCUMENT.glob("*.txt")))
    text = (prose * (LONG // len(prose) + 1))[:LONG]
    headers = {"Authorization": f"Bearer {crowd.tokens[0]}"}
    async with httpx.AsyncClient(base_url=f"{crowd.stack.api}/v1", headers=headers, trust_env=False) as client:
        for _ in range(SAMPLES):
            changed = f"{next(crowd.numbers)} {text}"[:LONG]
            (await client.post(f"/{job_type}", json={"text": changed})).raise_for_status()
            await crowd.until_idle()
    took = await _took(crowd, job_type)
    note = f"first {took[0]:.0f} ms, loading included"
    return (f"{job_type}, {LONG} characters offline, median", f"{median(took):.0f} ms", note)


async def _took(crowd: Crowd, job_type: str) -> list[float]:
    connection = await asyncpg.connect(crowd.stack.run["database_url"])
    rows = await connection.fetch(
        "SELECT extract(epoch FROM completed_at - started_at) * 1000 AS took FROM jobs"
        " WHERE job_type = $1 AND NOT cached ORDER BY id",
        job_type,
    )
    await connection.close()
    return [float(row["took"]) for row in rows]


def _pss(pid: int) -> float:
    """Proportional set size of a process and all below it, in megabytes."""
    root = psutil.Process(pid)
    return sum(one.memory_full_info().pss for one in [root, *root.children(recursive=True)]) / 1e6
