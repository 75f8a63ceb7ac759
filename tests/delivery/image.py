"""
`make image-check`: what the Dockerfile makes, as far as it goes without a container engine.

    python -m tests.delivery.image [--python INTERPRETER]

The locked packages go into an empty folder, as wheels and with their hashes; beside them the files that .dockerignore
lets through. Nobody may write there. `migrate`, `api` and `worker` are then started from it, by a user without rights
where the caller is root, and asked to do what they are for. What this does not show: the base images, the build by an
engine, and a kernel that holds the processes apart.
"""

import argparse
import asyncio
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from subprocess import DEVNULL

import httpx

from nexus.local.ports import free_port
from tests.delivery.health import check as check_health
from tests.delivery.health import stopped
from tests.delivery.told import Told, green, red, tell
from tests.house import ROOT, Servers, await_server, run_servers, sign_in, some_domain
from tests.migrations.scratch import Scratch, scratch_database

LET_THROUGH = re.compile(r"^!(\S+)$", re.MULTILINE)
WHERE_IT_LIES = "import os, sys; print(sys.base_prefix, os.path.basename(os.path.dirname(os.__file__)))"
NOBODY = 10001  # as in the Dockerfile
SECONDS = 600
JOB_SECONDS = 30.0
TEXT = {"text": "The sea was calm. The boat sailed at noon and came back with forty fish. Nobody was hurt."}


class NotBuilt(Exception):
    """The tree could not be made."""


def build(root: Path, interpreter: str) -> list[str]:
    """Make the image's tree in an empty folder; the command that it starts with. Raises NotBuilt."""
    python = root / "opt" / "nexus" / "bin" / "python"
    _run(_readable(root, interpreter), "-m", "venv", "--without-pip", str(root / "opt" / "nexus"))
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check", "--quiet")
    locked = ("--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(ROOT / "requirements/runtime.txt"))
    _run(*pip, *locked)
    for name in LET_THROUGH.findall((ROOT / ".dockerignore").read_text(encoding="utf-8")):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / "app" / name, ignore=shutil.ignore_patterns("__pycache__"))
    _run(str(python), "-m", "compileall", "-q", str(root / "app"), str(root / "opt" / "nexus" / "lib"))
    _close(root)
    return [str(python), "-m", "nexus.cli"]


def _readable(root: Path, interpreter: str) -> str:
    """An interpreter that anybody may run: it itself, or where it lies in a closed folder a copy in the tree."""
    prefix, name = _run(interpreter, "-c", WHERE_IT_LIES).split()
    if all(one.stat().st_mode & stat.S_IXOTH for one in Path(prefix, "bin").parents):
        return interpreter
    left_out = shutil.ignore_patterns("site-packages", "test", "idlelib", "tkinter", "__pycache__", "config-*")
    shutil.copytree(Path(prefix, "lib", name), root / "usr/local/lib" / name, ignore=left_out)
    for library in Path(prefix, "lib").glob("libpython*.so*"):
        shutil.copy(library, root / "usr/local/lib")
    (root / "usr/local/bin").mkdir()
    return str(shutil.copy(Path(prefix, "bin", name), root / "usr/local/bin" / name))


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise NotBuilt(f"{' '.join(command[:4])} ended with {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def _close(root: Path) -> None:
    """Let everybody read, and nobody write."""
    root.chmod(0o755)
    for folder, _, files in os.walk(root):
        for file in files:
            path = Path(folder, file)
            if not path.is_symlink():
                path.chmod((path.stat().st_mode | 0o444) & ~0o222)
        Path(folder).chmod(0o555)


def _open(root: Path) -> None:
    """Let it be removed again."""
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(0o755)


def _state(root: Path) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime for path in root.rglob("*")}


async def check(root: Path, command: list[str], servers: Servers) -> AsyncIterator[Told]:
    """Start everything from the tree."""
    app, before = root / "app", _state(root)
    async with scratch_database(servers, None) as empty:
        migrator = {**os.environ, **_settings(empty), **_of_a_container(root)}
        done = await asyncio.to_thread(
            subprocess.run,
            [*_as_nobody(), *command, "migrate"],
            env=migrator,
            cwd=app,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        yield green("migrate") if done.returncode == 0 else red("migrate", done.stdout + done.stderr)
        settings = {**_settings(empty), **_of_a_container(root)}
        for one in await asyncio.to_thread(list, check_health([*_as_nobody(), *command, "api"], settings, app)):
            yield one
        for one in await asyncio.to_thread(list, _work(command, settings, app, servers.idp)):
            yield one
    yield green("nothing was written") if _state(root) == before else red("nothing was written", "the tree has changed")


def _work(command: list[str], settings: dict[str, str], app: Path, idp: str) -> Iterator[Told]:
    """Ask one process for work, and see another do it."""
    port = free_port()
    asked = {**os.environ, **settings}
    api = subprocess.Popen([*_as_nobody(), *command, "api", "--port", str(port)], env=asked, cwd=app, stdout=DEVNULL)
    worker = subprocess.Popen([*_as_nobody(), *command, "worker"], env=asked, cwd=app, stdout=subprocess.PIPE)
    try:
        await_server(f"http://127.0.0.1:{port}/health/live", 60)
        yield asyncio.run(_one_job(f"http://127.0.0.1:{port}/v1", idp))
        yield stopped("worker stops", worker)
    except httpx.TransportError as error:
        yield red("worker does a job", f"the API does not answer: {error}")
    finally:
        for process in (api, worker):
            process.kill()
            process.wait()


async def _one_job(url: str, idp: str) -> Told:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        ann = await sign_in(client, idp, f"ann@{some_domain()}")
        accepted = (await ann.api.post("/summarize", json=TEXT)).raise_for_status().json()
        last = time.monotonic() + JOB_SECONDS
        while time.monotonic() < last:
            job = (await ann.api.get(f"/jobs/{accepted['job_id']}")).raise_for_status().json()
            if job["status"] in ("completed", "failed"):
                break
            await asyncio.sleep(0.2)
    if job["status"] != "completed":
        return red(
            "worker does a job", f"it is {job['status']} after {JOB_SECONDS:.0f} seconds: {job['error_message']}"
        )
    return green("worker does a job", str(job["model"]))


def _settings(scratch: Scratch) -> dict[str, str]:
    return {name: value for name, value in scratch.environment.items() if name.startswith("NEXUS_")}


def _of_a_container(root: Path) -> dict[str, str]:
    python = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "PYTHONPATH": ""}
    return {**python, "HOME": "/nonexistent", "LD_LIBRARY_PATH": str(root / "usr/local/lib")}


def _as_nobody() -> list[str]:
    """What makes root somebody without rights."""
    if os.getuid():
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]


def _check_all(interpreter: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "image")
        root.mkdir()
        Path(folder).chmod(0o755)
        try:
            began = time.monotonic()
            command = build(root, interpreter)
            said = f"{_megabytes(root)} MB in {time.monotonic() - began:.0f} s, by {interpreter}"
            status = tell([green("the tree builds", said)])
            with run_servers(Path(folder, "servers")) as servers:
                status |= asyncio.run(_tell(check(root, command, servers)))
        except NotBuilt as error:
            status = tell([red("the tree builds", str(error))])
        finally:
            _open(root)
    return status


async def _tell(found: AsyncIterator[Told]) -> int:
    status = 0
    async for one in found:
        status |= tell([one])
    return status


def _megabytes(root: Path) -> int:
    return sum(path.lstat().st_size for path in root.rglob("*") if path.is_file()) // 1_000_000


def _interpreters() -> Iterator[str]:
    yield from filter(None, (shutil.which("python3.12"), sys.executable))


def main() -> int:
    """Read the command line, and check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--python", default=next(_interpreters()), help="Python 3.12 as in the image, if there is one.")
    return _check_all(parser.parse_args().python)


if __name__ == "__main__":
    sys.exit(main())
