"""An API that sells, and the server that stands in for Stripe."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from nexus.config import Settings
from tests.house import Person, Servers, run_app, settings_of
from tests.payments.shop import Shop
from tests.payments.stripe_server import StripeServer, stripe_server


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[StripeServer]:
    """Stripe's stand-in, for the whole run."""
    with stripe_server() as server:
        yield server


@pytest.fixture
def stripe(running_stripe: StripeServer) -> StripeServer:
    """Stripe's stand-in, as it is when nothing is wrong."""
    running_stripe.failing.clear()
    running_stripe.changes.clear()
    running_stripe.asked.clear()
    return running_stripe


@pytest.fixture(scope="session")
def selling(servers: Servers, running_stripe: StripeServer) -> Settings:
    """The settings of an API that sells."""
    return settings_of(servers.environment | running_stripe.settings)


@pytest.fixture(scope="session")
async def app(selling: Settings) -> AsyncIterator[FastAPI]:
    """The API, selling."""
    async with run_app(selling) as running:
        yield running


@pytest.fixture
def shop(api: httpx.AsyncClient, stripe: StripeServer, truth: asyncpg.Connection, ann: Person) -> Shop:
    """Where ann buys."""
    return Shop(api, stripe, truth, ann)
