"""Health says what is away; metrics are shown to whoever has the token, and name no organisation."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from nexus.config import Settings
from nexus.local.ports import free_port
from tests.core.conftest import METRICS_TOKEN
from tests.house import Person, door, refusal, run_app

NOT_THE_TOKEN = ["", "Bearer", "Bearer wrong", METRICS_TOKEN, f"Basic {METRICS_TOKEN}", "é", "x" * 9999]


@pytest.fixture
async def without_database(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API while PostgreSQL is away."""
    nowhere = f"postgresql://nexus_app:app@127.0.0.1:{free_port()}/postgres"
    away = settings.model_copy(update={"database_url": nowhere, "system_database_url": nowhere})
    async with run_app(away) as app, door(app) as client:
        yield client


@pytest.fixture
async def without_redis(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API while Redis is away."""
    nowhere = SecretStr(f"redis://127.0.0.1:{free_port()}/0")
    async with run_app(settings.model_copy(update={"redis_url": nowhere})) as app, door(app) as client:
        yield client


@pytest.fixture
async def guarded(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API with a metrics token."""
    token = SecretStr(METRICS_TOKEN)
    async with run_app(settings.model_copy(update={"metrics_token": token})) as app, door(app) as client:
        yield client


async def _health(api: httpx.AsyncClient) -> httpx.Response:
    return await api.get("http://api.test/health")


async def test_all_is_well(api: httpx.AsyncClient) -> None:
    answer = await _health(api)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok", "redis": "ok"})


async def test_redis_away_is_no_outage(without_redis: httpx.AsyncClient) -> None:
    answer = await _health(without_redis)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok", "redis": "unavailable"})


async def test_redis_away_does_not_keep_anybody_from_asking_for_work(
    without_redis: httpx.AsyncClient, ann: Person
) -> None:
    headers = {"Authorization": ann.api.headers["Authorization"]}

    answer = await without_redis.post("/summarize", json={"text": "Without a doorbell."}, headers=headers)

    assert answer.status_code == 202


async def test_postgresql_away_is_a_503(without_database: httpx.AsyncClient) -> None:
    answer = await _health(without_database)

    states = {"status": "unavailable", "database": "unavailable", "redis": "ok"}
    assert (answer.status_code, answer.json()) == (503, states)
    assert int(answer.headers["Retry-After"]) > 0


async def test_while_postgresql_is_away_a_request_is_told_to_come_back(
    without_database: httpx.AsyncClient, ann: Person
) -> None:
    with capture_logs():
        answer = await without_database.get("/me", headers={"Authorization": ann.api.headers["Authorization"]})

    assert refusal(answer) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] > 0


async def test_the_process_lives_whatever_is_away(without_database: httpx.AsyncClient) -> None:
    answer = await without_database.get("http://api.test/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_metrics_are_shown_to_whoever_has_the_token(guarded: httpx.AsyncClient) -> None:
    answer = await guarded.get("http://api.test/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "nexus_database_up 1.0" in answer.text


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", METRICS_TOKEN, f"Basic {METRICS_TOKEN}", "é", "x" * 9999]
)
async def test_metrics_are_not_shown_to_anybody_else(guarded: httpx.AsyncClient, given: str) -> None:
    answer = await guarded.get("http://api.test/metrics", headers={b"Authorization": given.encode()})

    assert refusal(answer) == (401, "not_signed_in")


async def test_metrics_without_a_token_are_open(api: httpx.AsyncClient) -> None:
    answer = await api.get("http://api.test/metrics")

    assert answer.status_code == 200


async def test_metrics_while_postgresql_is_away_say_so(without_database: httpx.AsyncClient) -> None:
    answer = await without_database.get("http://api.test/metrics")

    assert answer.status_code == 200
    assert "nexus_database_up 0.0" in answer.text


async def test_no_metric_names_an_organisation_a_person_or_a_path(api: httpx.AsyncClient, ann: Person) -> None:
    await ann.api.get(f"/organisations/{ann.organisation_id}")
    await ann.api.get("/nowhere/at/all")

    shown = (await api.get("http://api.test/metrics")).text

    hidden = (str(ann.organisation_id), str(ann.user_id), ann.domain, "/nowhere/at/all")
    assert not [one for one in hidden if one in shown]
    assert 'route="/v1/organisations/{organisation_id}"' in shown
