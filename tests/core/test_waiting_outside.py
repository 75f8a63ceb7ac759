"""While somebody outside is waited for, nobody waits for a connection: another organisation is answered as ever."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import monotonic
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from nexus.webhooks.desk import Desk
from nexus.webhooks.egress import Egress
from tests.house import Person, Servers, door, refusal, run_app, settings_of, sign_in, some_domain
from tests.payments.stripe_server import STARTER, Failing, StripeServer, stripe_server

SOON_SECONDS = 1.0
HOOK = {"url": "https://hooks.slow.example/nexus"}


class SlowResolver:
    """A name server that says nothing until it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.speak = asyncio.Event()

    async def resolve(self, host: str) -> Sequence[str]:
        """A public address, late."""
        assert host.endswith("slow.example")
        self.asked += 1
        await self.speak.wait()
        return ["93.184.215.14"]


@dataclass(frozen=True)
class Setting:
    """An API with one connection to PostgreSQL, two organisations, and whoever is slow."""

    app: FastAPI
    ann: Person
    bob: Person
    resolver: SlowResolver
    stripe: StripeServer


@asynccontextmanager
async def one_connection(servers: Servers, stripe: StripeServer) -> AsyncIterator[Setting]:
    """The API, with one connection."""
    settings = settings_of(servers.environment | stripe.settings)
    async with run_app(settings, pool_size=1) as app, door(app) as api:
        resolver = SlowResolver()
        desk = app.state.parts[Desk]
        app.state.parts[Desk] = replace(desk, egress=Egress(resolver=resolver))
        ann, bob = [await sign_in(api, servers.idp, f"{name}@{some_domain()}") for name in ("ann", "bob")]
        yield Setting(app, ann, bob, resolver, stripe)
        resolver.speak.set()
        await ann.api.aclose()
        await bob.api.aclose()


@pytest.fixture
async def setting(servers: Servers) -> AsyncIterator[Setting]:
    """The same, as a fixture."""
    with stripe_server() as stripe:
        async with one_connection(servers, stripe) as found:
            yield found


async def is_answered_soon(person: Person) -> bool:
    """Whether the balance can be read as ever."""
    begun = monotonic()
    answer = await person.api.get("/credits")
    return answer.status_code == 200 and monotonic() - begun < SOON_SECONDS


async def test_a_slow_name_server_keeps_nobody_waiting(setting: Setting) -> None:
    waiting = asyncio.create_task(setting.ann.api.post("/webhooks", json=HOOK))
    await until(lambda: setting.resolver.asked == 1)

    soon = await is_answered_soon(setting.bob)

    setting.resolver.speak.set()
    created = await waiting
    assert (soon, created.status_code) == (True, 201)


async def test_nor_while_an_address_is_changed(setting: Setting) -> None:
    setting.resolver.speak.set()
    hook = (await setting.ann.api.post("/webhooks", json=HOOK)).json()["id"]
    setting.resolver.speak.clear()
    change = {"url": "https://other.slow.example/nexus"}
    waiting = asyncio.create_task(setting.ann.api.patch(f"/webhooks/{hook}", json=change))
    await until(lambda: setting.resolver.asked == 2)

    soon = await is_answered_soon(setting.bob)

    setting.resolver.speak.set()
    changed = await waiting
    assert (soon, changed.status_code, changed.json()["url"]) == (True, 200, change["url"])


async def test_an_organisation_has_two_names_looked_up_at_once_and_no_more(setting: Setting) -> None:
    hooks = [{"url": f"https://hooks{number}.slow.example/nexus"} for number in range(3)]
    waiting = [asyncio.create_task(setting.ann.api.post("/webhooks", json=hook)) for hook in hooks[:2]]
    await until(lambda: setting.resolver.asked == 2)

    third = await setting.ann.api.post("/webhooks", json=hooks[2])
    of_bob = asyncio.create_task(setting.bob.api.post("/webhooks", json=hooks[2]))
    await until(lambda: setting.resolver.asked == 3)

    assert (refusal(third), third.headers["retry-after"]) == ((429, "too_many_look_ups"), "5")
    setting.resolver.speak.set()
    assert [(await one).status_code for one in (*waiting, of_bob)] == [201, 201, 201]
    assert (await setting.ann.api.post("/webhooks", json=hooks[2])).status_code == 201


async def test_a_slow_stripe_keeps_nobody_waiting(setting: Setting) -> None:
    setting.stripe.failing.append(Failing(500, {}, after_seconds=2))
    waiting = asyncio.create_task(setting.ann.api.post("/billing/checkout", json={"pack_id": STARTER}))
    await until(lambda: len(setting.stripe.asked) == 1)

    soon = await is_answered_soon(setting.bob)

    assert (soon, (await waiting).status_code) == (True, 201)


async def test_whoever_waits_for_the_same_key_keeps_nobody_waiting(setting: Setting, truth: asyncpg.Connection) -> None:
    setting.stripe.failing.append(Failing(500, {}, after_seconds=1))
    once = {"Idempotency-Key": f"k-{uuid4()}"}
    twins = [asyncio.create_task(buy(setting.ann, once)) for _ in range(2)]
    await until(lambda: len(setting.stripe.asked) == 1)

    soon = await is_answered_soon(setting.bob)

    answers = [await twin for twin in twins]
    assert (soon, [one.status_code for one in answers]) == (True, [201, 201])
    assert answers[0].json() == answers[1].json()
    assert sorted("idempotency-replayed" in one.headers for one in answers) == [False, True]
    assert len(setting.stripe.sessions) == 1
    opened = "SELECT count(*) FROM checkouts WHERE organisation_id = $1"
    assert await truth.fetchval(opened, setting.ann.organisation_id) == 1


async def test_a_key_in_the_hands_of_another_process_is_waited_for_without_a_connection(
    setting: Setting, truth: asyncpg.Connection
) -> None:
    key, organisation_id = f"k-{uuid4()}", setting.ann.organisation_id
    async with held(truth, organisation_id, key):
        waiting = asyncio.create_task(setting.ann.api.post("/summarize", json={"text": "A."}, headers=named(key)))
        await asyncio.sleep(0.3)
        soon = await is_answered_soon(setting.bob)
        refused = await waiting

    again = await setting.ann.api.post("/summarize", json={"text": "A."}, headers=named(key))
    assert (soon, refusal(refused), again.status_code) == (True, (409, "idempotency_in_progress"), 202)


@pytest.mark.parametrize("failing", ["stripe", "resolver"])
async def test_a_key_whose_request_came_to_nothing_is_free_at_once(setting: Setting, failing: str) -> None:
    once = named(f"k-{uuid4()}")
    setting.resolver.speak.set()
    if failing == "stripe":
        setting.stripe.failing.extend([Failing(400, {"error": {"type": "invalid_request_error", "message": "No."}})])
        first, second = [await buy(setting.ann, once) for _ in range(2)]
    else:
        wrong = {"url": "https://127.0.0.1/nexus"}
        first = await setting.ann.api.post("/webhooks", json=wrong, headers=once)
        second = await setting.ann.api.post("/webhooks", json=HOOK, headers=once)

    assert first.status_code in {422, 503}
    assert second.status_code == 201


async def buy(person: Person, headers: dict[str, str]) -> httpx.Response:
    """Ask for a checkout."""
    return await person.api.post("/billing/checkout", json={"pack_id": STARTER}, headers=headers)


def named(key: str) -> dict[str, str]:
    """The header of a key."""
    return {"Idempotency-Key": key}


@asynccontextmanager
async def held(truth: asyncpg.Connection, organisation_id: UUID, key: str) -> AsyncIterator[None]:
    """Another process has this key in hand."""
    async with truth.transaction():
        await truth.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))", str(organisation_id), key
        )
        yield


async def until(happened: Callable[[], bool]) -> None:
    """Wait for it, but not for ever."""
    async with asyncio.timeout(5):
        while not happened():
            await asyncio.sleep(0.01)
