"""Servers and stacks for the tests of `nexus/local`: real ones, in folders that are removed afterwards."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from nexus.local.postgres import EmbeddedPostgres
from nexus.local.redis import EmbeddedRedis
from tests.local.running import IdentityProvider, StackProcess


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder of mode 0700, as the system gives to a temporary one."""
    with tempfile.TemporaryDirectory(prefix="nexus-test-") as folder:
        yield Path(folder)


@pytest.fixture
def postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A server that runs on a new cluster."""
    server = EmbeddedPostgres(data_dir, data_dir / "logs")
    server.start()
    yield server
    server.destroy()


@pytest.fixture
def redis(data_dir: Path) -> Iterator[EmbeddedRedis]:
    """A server that runs."""
    server = EmbeddedRedis(data_dir, data_dir / "logs")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def idp() -> Iterator[IdentityProvider]:
    """A development identity provider in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="nexus-test-") as folder:
        provider = IdentityProvider(Path(folder))
        yield provider
        provider.stop()


@pytest.fixture
def stack(data_dir: Path) -> Iterator[StackProcess]:
    """A stack of stand-ins that is not started yet."""
    process = StackProcess(data_dir)
    yield process
    process.clear_away()


@pytest.fixture
def client(idp: IdentityProvider) -> Iterator[httpx.Client]:
    """A door to the provider."""
    with httpx.Client(base_url=idp.url) as client:
        yield client
