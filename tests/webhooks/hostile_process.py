"""Receivers that mean harm, in a process whose memory is not ours."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.house import ROOT

OF_EACH = 3


@dataclass
class Hostile:
    """The receivers that mean harm, and their process."""

    process: subprocess.Popen[str]
    ports: dict[str, list[int]]

    def end(self) -> dict[str, int]:
        """How many bytes each kind got rid of on its worst connection."""
        said, _ = self.process.communicate(timeout=20)
        taken: dict[str, int] = json.loads(said)
        return taken

    @property
    def urls(self) -> list[str]:
        """Where each of them is."""
        return [
            f"{'https' if kind.startswith('TLS') else 'http'}://127.0.0.1:{port}/"
            for kind, ports in self.ports.items()
            for port in ports
        ]

    @property
    def hosts(self) -> list[str]:
        """The same, as the setting that allows them wants it."""
        return [f"127.0.0.1:{port}" for ports in self.ports.values() for port in ports]


@contextmanager
def hostile_receivers() -> Iterator[Hostile]:
    """Start them, and end them with their connections."""
    command = [sys.executable, "-m", "tests.webhooks.hostile", str(OF_EACH)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Hostile(process, json.loads(process.stdout.readline()))
        process.kill()
