"""
Credits and jobs on a real PostgreSQL, step by step beside a model in plain Python.

Hypothesis chooses the steps; after each, balances, ledgers and jobs must be what the model says, and at the end the
invariants must hold. A failure prints every step. `CHAOS_EXAMPLES=200` runs more sequences than the 20 of every day.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from nexus.core.db import Database
from tests.chaos.machine import STEPS, TO_BE_MET, Ledger
from tests.chaos.script import CATALOGUE
from tests.chaos.world import TERMS, World
from tests.house import Servers, door, run_app, settings_of
from tests.migrations.scratch import scratch_database

pytestmark = pytest.mark.alone

SEQUENCES = 20
SHORT_ONES = 10  # Hypothesis begins with short sequences, and they come on top


@asynccontextmanager
async def build(servers: Servers) -> AsyncIterator[World]:
    """A world in a database of its own."""
    async with AsyncExitStack() as stack:
        scratch = await stack.enter_async_context(scratch_database(servers))
        terms = settings_of(scratch.environment, job_deadline_seconds=TERMS.deadline_seconds)
        app = await stack.enter_async_context(run_app(terms, CATALOGUE, 2))
        api = await stack.enter_async_context(door(app))
        db = Database(terms.database_url, terms.system_database_url, pool_size=2)
        truth = await asyncpg.connect(scratch.superuser_url)
        try:
            yield World(asyncio.get_running_loop(), servers.idp, db, truth, api)
        finally:
            await truth.close()
            await db.close()


@pytest.mark.timeout(0 if "CHAOS_EXAMPLES" in os.environ else 180)
def test_credits_and_jobs_are_what_a_simple_model_says_after_every_step(servers: Servers) -> None:
    loop = asyncio.new_event_loop()
    building = build(servers)
    Ledger.world = loop.run_until_complete(building.__aenter__())
    sequences = int(os.environ.get("CHAOS_EXAMPLES", SEQUENCES))

    try:
        run_state_machine_as_test(
            Ledger,
            settings=settings(
                max_examples=sequences + SHORT_ONES,
                stateful_step_count=STEPS,
                derandomize=True,
                deadline=None,
                phases=[Phase.generate],  # a failure names its steps; making them fewer would take minutes
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(building.__aexit__(None, None, None))
        loop.close()

    assert Ledger.world.whole_sequences >= sequences
    assert [what for what in TO_BE_MET if Ledger.world.seen[what] < sequences] == []
