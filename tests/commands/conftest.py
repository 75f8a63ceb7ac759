"""A running stack whose language model is a local server, and the command line as somebody would use it there."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ai.openai_server import OpenAIServer, openai_server
from tests.gates.whole_stack import WholeStack, nexus_up
from tests.house import clean_environment, some_domain


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def told(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr


@dataclass(frozen=True)
class Terminal:
    """Somebody at a terminal, whose stack this is."""

    stack: WholeStack
    email: str
    folder: Path

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start a command, in a group of processes of its own."""
        given = clean_environment() | {"NEXUS_DATA_DIR": str(self.stack.folder)} | dict(environment or {})
        return subprocess.Popen(
            [sys.executable, "-m", "nexus.cli", *arguments],
            env=given,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    async def nexus(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Done:
        """Run a command to its end. The event loop goes on meanwhile: the model's server is in it."""
        process = self.start(*arguments, environment=environment)
        out, err = await asyncio.to_thread(process.communicate, stdin, 60)
        return Done(process.returncode, out.decode(), err.decode())

    async def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Run `nexus run` as this person."""
        return await self.nexus("run", *arguments, "--email", self.email, stdin=stdin)

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file where the command runs; its name."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name


def interrupt(process: "subprocess.Popen[bytes]") -> None:
    """Press Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)


@pytest.fixture(scope="session")
async def model() -> AsyncIterator[OpenAIServer]:
    """A local server that speaks OpenAI's wire format."""
    async with openai_server() as server:
        yield server


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, model: OpenAIServer) -> Iterator[WholeStack]:
    """`nexus up` with that model configured."""
    settings = {"NEXUS_OPENAI_BASE_URL": model.url, "NEXUS_OPENAI_MODEL": "tiny", "NEXUS_SIGNUP_CREDITS": "1000"}
    with nexus_up(tmp_path_factory.mktemp("commands"), settings) as running:
        yield running


@pytest.fixture
def terminal(stack: WholeStack, model: OpenAIServer, tmp_path: Path) -> Terminal:
    """Somebody whom the platform does not know yet."""
    model.forget()
    return Terminal(stack, f"ann@{some_domain()}", tmp_path)
