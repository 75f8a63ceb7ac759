"""What a runner makes of providers that fail: the last resort, whose words it were, and what was paid in tokens."""

from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel

from nexus.ai.model import Answer, LanguageModel, MalformedAnswer, ModelRefused, ModelUnavailable, Tokens
from nexus.ai.panel import Panel
from nexus.core.db import Database
from nexus.core.models import new_id
from nexus.jobs import services
from nexus.jobs.catalogue import Catalogue, job_type
from nexus.jobs.inputs import Text
from nexus.jobs.runner import Pace, Runner
from nexus.jobs.services import JobKey, Terms, Work
from tests.house import Person
from tests.jobs.attempts import without_redis


class Asked(BaseModel):
    """Anything."""

    text: Text


class Said(BaseModel):
    """What came out."""

    said: str


@job_type("both", price=10)
async def both(asked: Asked, model: LanguageModel) -> Said:
    """Ask a model, or say it ourselves."""
    return await model.ask(asked.text, Said)


@both.offline("echo")
def _echo(asked: Asked) -> Said:
    return Said(said=asked.text)


@job_type("model-only", price=10)
async def model_only(asked: Asked, model: LanguageModel) -> Said:
    """Ask a model twice."""
    await model.ask(asked.text, Said)
    return await model.ask(asked.text, Said)


class Telling:
    """A provider that takes tokens, and does as it was told for each question."""

    def __init__(self, name: str, *does: Exception | str) -> None:
        self.name = name
        self._does = list(does)

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """Answer or fail."""
        del prompt
        tokens.add(100, 7)
        does = self._does.pop(0)
        if isinstance(does, Exception):
            raise does
        return shape.model_validate({"said": does})

    async def knows_model(self) -> bool | None:
        """It is no vendor's."""
        return None

    async def aclose(self) -> None:
        """There is nothing to close."""


AWAY = ModelUnavailable("It is away.")
SHOWN = "SELECT status, model, output_data, error_code, input_tokens, output_tokens FROM jobs WHERE id = $1"
REFUNDED = "SELECT count(*) FROM credit_transactions WHERE job_id = $1 AND type = 'refund'"


class Bench:
    """Where ann's jobs are submitted, attempted in this process, and read."""

    def __init__(self, db: Database, ann: Person, truth: asyncpg.Connection) -> None:
        self._db = db
        self._ann = ann
        self._truth = truth

    async def submit(self, name: str) -> JobKey:
        """Pay for a job."""
        key = JobKey(self._ann.organisation_id, new_id())
        async with self._db.transaction(key.organisation_id) as tx:
            await services.create_job(tx, key, self._ann.user_id, Work(name, 10, '{"text": "Hm."}'), Terms(3, 900))
        return key

    async def attempt(self, key: JobKey, panel: Panel) -> dict[str, Any]:
        """Make one attempt, and return the row as it then is."""
        runner = Runner(self._db, Catalogue([both, model_only]), panel, "a worker", Pace(30, 0), without_redis())
        claim = await runner.claim(key)
        assert claim is not None
        await runner.run(claim)
        row = await self._truth.fetchrow(SHOWN, key.id)
        assert row is not None
        return dict(row)

    async def refunds(self, key: JobKey) -> int:
        """How often its credits were given back."""
        return int(await self._truth.fetchval(REFUNDED, key.id))


@pytest.fixture
def bench(db: Database, ann: Person, truth: asyncpg.Connection) -> Bench:
    return Bench(db, ann, truth)


async def test_the_job_names_who_answered_and_keeps_what_all_took(bench: Bench) -> None:
    key = await bench.submit("both")

    job = await bench.attempt(key, Panel([Telling("first", AWAY), Telling("second", "Yes.")], then_offline=True))

    assert (job["status"], job["model"], job["output_data"]) == ("completed", "second", '{"said": "Yes."}')
    assert (job["input_tokens"], job["output_tokens"]) == (200, 14)


async def test_tokens_of_an_attempt_that_failed_are_kept_too(bench: Bench) -> None:
    key = await bench.submit("both")

    pending = await bench.attempt(key, Panel([Telling("only", AWAY)], then_offline=False))
    completed = await bench.attempt(key, Panel([Telling("only", "Yes.")], then_offline=False))

    assert (pending["status"], pending["input_tokens"], pending["output_tokens"]) == ("pending", 100, 7)
    assert (completed["status"], completed["input_tokens"], completed["output_tokens"]) == ("completed", 200, 14)


async def test_when_all_are_away_the_work_is_done_offline_and_says_so(bench: Bench) -> None:
    key = await bench.submit("both")

    job = await bench.attempt(key, Panel([Telling("first", AWAY), Telling("second", AWAY)], then_offline=True))

    assert (job["status"], job["model"], job["output_data"]) == ("completed", "offline:echo", '{"said": "Hm."}')


@pytest.mark.parametrize(
    ("name", "panel", "code"),
    [
        ("both", Panel([Telling("only", AWAY)], then_offline=False), "model_unavailable"),
        ("model-only", Panel([Telling("only", "Yes.", AWAY)], then_offline=True), "model_unavailable"),
        ("model-only", Panel([], then_offline=True), "model_not_configured"),
        ("both", Panel([], then_offline=False), "model_not_configured"),
    ],
)
async def test_without_an_offline_way_the_job_is_tried_again(bench: Bench, name: str, panel: Panel, code: str) -> None:
    key = await bench.submit(name)

    job = await bench.attempt(key, panel)

    assert (job["status"], job["error_code"]) == ("pending", code)


@pytest.mark.parametrize("why", [ModelRefused("It will not."), MalformedAnswer("It cannot.")])
async def test_a_refusal_and_a_malformed_answer_are_not_done_offline_but_refunded(
    bench: Bench, why: ModelRefused | MalformedAnswer
) -> None:
    key = await bench.submit("both")

    job = await bench.attempt(key, Panel([Telling("only", why)], then_offline=True))

    assert (job["status"], job["error_code"], job["input_tokens"]) == ("failed", why.code, 100)
    assert await bench.refunds(key) == 1


async def test_tokens_stay_unknown_where_no_model_was_asked(bench: Bench) -> None:
    key = await bench.submit("both")

    job = await bench.attempt(key, Panel([], then_offline=True))

    assert (job["model"], job["input_tokens"], job["output_tokens"]) == ("offline:echo", None, None)


async def test_tokens_are_not_shown_to_callers(bench: Bench, ann: Person) -> None:
    key = await bench.submit("both")

    shown = (await ann.api.get(f"/jobs/{key.id}")).json()

    assert [name for name in shown if "token" in name] == []
