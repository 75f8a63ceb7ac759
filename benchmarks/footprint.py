"""What the stack weighs, after it has worked: offline summaries of a long text included."""

import asyncio
import json
from pathlib import Path

import httpx
import psutil

from benchmarks.setting import Crowd, Row

LONG = 50_000
DOCUMENT = Path(__file__).parent.parent / "tests" / "data"


async def memory(crowd: Crowd) -> list[Row]:
    """Proportional set size of each process, children included."""
    await _summarise(crowd)
    pids = crowd.stack.run["pids"]
    return [
        ("memory of an API process", f"{_pss(pids['api'][0]):.0f} MB", "PSS after work, under 150 MB"),
        ("memory of a worker", f"{_pss(pids['worker'][0]):.0f} MB", "PSS after work, under 280 MB"),
        ("memory of the whole stack without web", f"{_pss(crowd.stack.supervisor):.0f} MB", "PSS, under 800 MB"),
    ]


async def _summarise(crowd: Crowd) -> None:
    prose = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCUMENT.glob("*.txt")))
    text = (prose * (LONG // len(prose) + 1))[:LONG]
    headers = {"Authorization": f"Bearer {crowd.tokens[0]}"}
    async with httpx.AsyncClient(base_url=f"{crowd.stack.api}/v1", headers=headers, trust_env=False) as client:
        for _ in range(5):
            changed = f"{next(crowd.numbers)} {text}"[:LONG]
            (await client.post("/summarize", content=json.dumps({"text": changed}), headers=JSON)).raise_for_status()
    await crowd.until_idle()
    await asyncio.sleep(1)


JSON = {"Content-Type": "application/json"}


def _pss(pid: int) -> float:
    """Proportional set size of a process and all below it, in megabytes."""
    root = psutil.Process(pid)
    return sum(one.memory_full_info().pss for one in [root, *root.children(recursive=True)]) / 1e6
