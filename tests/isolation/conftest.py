"""What the matrix is tried on: the API with a window wide enough for all its questions, and two organisations."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.house import Servers, run_app, settings_of
from tests.isolation.people import Neighbours, move_in, plain_door

MANY = 1_000_000


@pytest.fixture(scope="session")
async def patient_app(servers: Servers) -> AsyncIterator[FastAPI]:
    """The API, with a rate limit that the matrix does not reach."""
    async with run_app(settings_of(servers.environment, rate_limit=MANY)) as running:
        yield running


@pytest.fixture
async def client(patient_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that takes paths as the OpenAPI document writes them."""
    async with plain_door(patient_app) as anybody:
        yield anybody


@pytest.fixture
async def neighbours(patient_app: FastAPI, servers: Servers, truth: asyncpg.Connection) -> AsyncIterator[Neighbours]:
    """Two organisations with something in each."""
    moved_in = await move_in(patient_app, servers.idp, truth)
    yield moved_in
    await moved_in.close()
