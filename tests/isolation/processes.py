"""The API as a process of its own, from whatever copy of the product."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from nexus.local.ports import free_port
from tests.house import clean_environment


@asynccontextmanager
async def run_api(folder: Path, environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Run `nexus api` from this folder; a client that takes paths as the OpenAPI document writes them."""
    port = free_port()
    log = folder / f"api-{port}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nexus.cli", "api", "--port", str(port)),
            env=_environment(folder, environment),
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
            await _answers(client, process)
            yield client
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def whose_product(folder: Path) -> Path:
    """Where a process that is run from this folder finds the product."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import nexus; print(nexus.__file__)"),
        env=_environment(folder, {}),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return Path(output.decode().strip())


def _environment(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return clean_environment() | environment | {"PYTHONPATH": path, "NEXUS_RATE_LIMIT": "1000000"}


async def _answers(client: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                (await client.get("/health")).raise_for_status()
            except httpx.TransportError:
                assert process.returncode is None, "the API did not start; its log lies in its folder"
                await asyncio.sleep(0.1)
            else:
                return
