"""A stack of its own for a bench, on free ports and a folder that is removed afterwards."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from nexus.local.ports import free_port

UP_SECONDS = 60
OUT_OF_REACH = {"NEXUS_RATE_LIMIT": "1000000000", "NEXUS_RATE_WINDOW_SECONDS": "10"}
START = """
import sys
from pathlib import Path
from nexus.local.stack import Options, Programs
from nexus.local.supervisor import run_stack
process = (sys.executable, "-m", "benchmarks.processes")
folder, api, idp = sys.argv[1:]
options = Options(data_dir=Path(folder), api_port=int(api), idp_port=int(idp), web=False)
sys.exit(run_stack(options, Programs(api=(*process, "api"), worker=(*process, "worker"))))
"""


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    folder: Path
    supervisor: int
    api: str
    idp: str
    receiver: str  # host:port on loopback that may receive webhooks

    @property
    def run(self) -> dict[str, Any]:
        """What `run.json` says now."""
        found: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return found


@contextmanager
def running() -> Iterator[Stack]:
    """Start a stack, and stop it afterwards."""
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        api, idp, receiver = free_port(), free_port(), f"127.0.0.1:{free_port()}"
        with subprocess.Popen(
            [sys.executable, "-c", START, folder, str(api), str(idp)],
            env=os.environ | OUT_OF_REACH | {"NEXUS_WEBHOOK_ALLOWED_HOSTS": receiver},
            stdout=subprocess.DEVNULL,
        ) as process:
            try:
                url = f"http://127.0.0.1:{api}"
                wait_for(f"{url}/health")
                yield Stack(Path(folder), process.pid, url, f"http://127.0.0.1:{idp}", receiver)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(UP_SECONDS)


def wait_for(url: str) -> None:
    """Wait until something answers there."""
    last = time.monotonic() + UP_SECONDS
    while True:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            if time.monotonic() > last:
                raise
        time.sleep(0.1)
