"""A worker whose customers have fifty receivers that mean harm serves the healthy one as if they were not there."""

from contextlib import AsyncExitStack
from datetime import datetime
from math import ceil

import pytest

from tests.house import Servers, settings_of
from tests.jobs.floor import Client, Floor, an_app, somebody
from tests.migrations.scratch import Scratch
from tests.webhooks.hooks import register
from tests.webhooks.hostile_process import Hostile
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.alone

HOOKS_EACH = 10  # as many as an organisation may have
ROUNDS = 20
FEWEST_HOSTILE = 50
P95_SECONDS = 2.0


async def test_fifty_hostile_receivers_do_not_delay_the_healthy_one(
    hostile: Hostile, receiver: Receiver, floor: Floor, servers: Servers, loud: Scratch
) -> None:
    allowed = {"NEXUS_WEBHOOK_ALLOWED_HOSTS": ",".join([receiver.host, *hostile.hosts])}
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(an_app(settings_of(floor.environment | allowed)))
        owners = [
            await stack.enter_async_context(somebody(app, servers.idp, loud.superuser_url))
            for _ in range(ceil(len(hostile.urls) / HOOKS_EACH))
        ]
        for number, url in enumerate(hostile.urls):
            await register(owners[number // HOOKS_EACH].person, url)
        healthy = await stack.enter_async_context(somebody(app, servers.idp, loud.superuser_url))
        await register(healthy.person, receiver.url("healthy"))
        await healthy.adjust(ROUNDS * 20)
        await floor.worker(**allowed)

        waits = [await told_after(healthy, receiver, owners, number) for number in range(1, ROUNDS + 1)]

    assert len(hostile.urls) >= FEWEST_HOSTILE
    assert sorted(waits)[int(ROUNDS * 0.95) - 1] < P95_SECONDS, waits


async def told_after(healthy: Client, receiver: Receiver, owners: list[Client], number: int) -> float:
    """Have a job of everybody end; how many seconds after its end the healthy receiver was told of its own."""
    if number <= len(owners):
        await owners[number - 1].submit()
    job = await healthy.settled(await healthy.submit())
    came = (await receiver.when("healthy", number))[-1]
    return came.at - datetime.fromisoformat(job["completed_at"]).timestamp()
