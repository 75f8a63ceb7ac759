"""Nobody asks a model for work that nobody pays for, or not often: cancelled jobs, failed jobs, and their bound."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from nexus.ai.openai import OpenAI
from nexus.ai.panel import Panel
from nexus.config import Settings
from nexus.core.db import Database
from nexus.core.models import new_id
from nexus.core.redis import QuickRedis
from nexus.job_types.extract import extract
from nexus.job_types.summarize import summarize
from nexus.jobs import services
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.runner import Pace, Runner
from nexus.jobs.services import JobKey, Terms, Work
from nexus.jobs.thinkers import Thinkers
from nexus.jobs.unpaid import MAX_UNPAID_CALLS, UnpaidCalls
from tests.ai.http_server import Reply
from tests.ai.openai_server import OpenAIServer, answers, fails, openai_server, says
from tests.house import Person, wait_for
from tests.jobs.attempts import without_redis

LONG = '{"text": "%s"}' % ("The bridge is closed. " * 2_200)
ORDER = '{"text": "Two.", "schema": {"type": "integer"}}'


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as running:
        yield running


class Bench:
    """Where jobs are submitted, attempted in this process by a model over HTTP, and read."""

    def __init__(self, db: Database, truth: asyncpg.Connection, server: OpenAIServer, redis: QuickRedis | None) -> None:
        self.db = db
        self.truth = truth
        self.panel = Panel([OpenAI(None, "m", server.url)], then_offline=False)
        self.redis = redis

    def runner(self) -> Runner:
        """Another worker's, as far as what it remembers goes."""
        known = Catalogue([extract, summarize])
        return Runner(self.db, known, self.panel, "a worker", Pace(30, 0), without_redis(), UnpaidCalls(self.redis))

    async def submit(self, person: Person, job_type: str, job_input: str) -> JobKey:
        """Pay for a job."""
        key = JobKey(person.organisation_id, new_id())
        async with self.db.transaction(key.organisation_id) as tx:
            await services.create_job(tx, key, person.user_id, Work(job_type, 1, job_input), Terms(3, 900))
        return key

    async def attempt(self, runner: Runner, key: JobKey) -> str | None:
        """Make one attempt; the job's error code."""
        claim = await runner.claim(key)
        assert claim is not None
        await runner.run(claim)
        code: str | None = await self.truth.fetchval("SELECT error_code FROM jobs WHERE id = $1", key.id)
        return code


@pytest.fixture
async def bench(
    db: Database, truth: asyncpg.Connection, settings: Settings, server: OpenAIServer
) -> AsyncIterator[Bench]:
    server.forget()
    redis = QuickRedis(settings.redis_url.get_secret_value())
    bench = Bench(db, truth, server, redis)
    yield bench
    await bench.panel.aclose()
    await redis.close()


def slowly(reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, after_seconds=0.3)


@pytest.mark.parametrize(
    ("work", "reply"),
    [(("summarize", LONG), answers({"notes": "It is closed."})), (("extract", ORDER), says("no"))],
    ids=["before the next part", "before the repair"],
)
async def test_a_job_that_was_cancelled_asks_no_further_question(
    bench: Bench, server: OpenAIServer, ann: Person, work: tuple[str, str], reply: Reply
) -> None:
    server.script(slowly(reply))
    runner = bench.runner()
    key = await bench.submit(ann, *work)
    working = asyncio.create_task(bench.attempt(runner, key))
    await wait_for(lambda: _has_asked(server))

    (await ann.api.post(f"/jobs/{key.id}/cancel")).raise_for_status()

    assert await working == "cancelled"
    assert len(server.asked) == 1


async def _has_asked(server: OpenAIServer) -> bool:
    return bool(server.asked)


async def test_jobs_that_fail_for_nothing_have_a_bound_that_all_workers_share(
    bench: Bench, server: OpenAIServer, ann: Person, bob: Person
) -> None:
    runner = bench.runner()
    server.script(*[says("no")] * MAX_UNPAID_CALLS)
    jobs = [await bench.submit(ann, "extract", ORDER) for _ in range(MAX_UNPAID_CALLS // 2)]
    codes = [await bench.attempt(runner, key) for key in jobs]
    called = len(server.asked)

    refused = [
        await bench.attempt(each, await bench.submit(ann, "extract", ORDER)) for each in (runner, bench.runner())
    ]
    server.script(answers({"data": 2}))
    others = await bench.attempt(runner, await bench.submit(bob, "extract", ORDER))

    assert set(codes) == {"malformed_answer"}
    assert refused == ["too_many_unpaid_calls"] * 2
    assert (called, len(server.asked)) == (MAX_UNPAID_CALLS, MAX_UNPAID_CALLS + 1)
    assert others is None
    assert await _refunded(bench.truth, ann.organisation_id) == MAX_UNPAID_CALLS // 2 + 2


async def _refunded(truth: asyncpg.Connection, organisation_id: UUID) -> int:
    counted = "SELECT count(*) FROM credit_transactions WHERE organisation_id = $1 AND type = 'refund'"
    return int(await truth.fetchval(counted, organisation_id))


async def test_without_redis_a_worker_keeps_the_bound_by_itself(
    bench: Bench, server: OpenAIServer, ann: Person
) -> None:
    bench.redis = None
    runner = bench.runner()
    server.script(*[says("no")] * MAX_UNPAID_CALLS)

    codes = [
        await bench.attempt(runner, await bench.submit(ann, "extract", ORDER)) for _ in range(MAX_UNPAID_CALLS // 2 + 1)
    ]

    assert codes[-2:] == ["malformed_answer", "too_many_unpaid_calls"]


async def test_a_provider_that_is_away_uses_up_nobody_s_bound(bench: Bench, server: OpenAIServer, ann: Person) -> None:
    unpaid = UnpaidCalls()
    runner = bench.runner()
    server.script(*[fails(503)] * 3)
    key = await bench.submit(ann, "extract", ORDER)

    for _ in range(3):
        await bench.attempt(runner, key)

    assert await unpaid.retry_after(ann.organisation_id) == 0
    raw = await bench.redis.ask(("KEYS", f"nexus:unpaid-calls:{ann.organisation_id}:*"), otherwise=None)  # type: ignore[union-attr]  # it is there
    assert raw == [[]]


async def test_who_waits_to_compute_takes_turns_by_owner() -> None:
    thinkers, order = Thinkers(1), list[str]()
    gate = asyncio.Event()

    async def compute(owner: str, number: int) -> None:
        await thinkers.think(lambda about: order.append(str(about)), f"{owner}{number}", owner)

    async def first() -> None:
        await thinkers.think(lambda _: asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(), None, "ann")

    loop = asyncio.get_running_loop()
    tasks = [asyncio.create_task(first())]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(compute("ann", number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(compute("bob", number)) for number in range(2)]
    await asyncio.sleep(0)
    tasks[1].cancel()  # who gives up while they wait takes nobody's turn
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert order == ["bob0", "ann1", "bob1", "ann2", "ann3"]
