"""Whatever changes something leaves an event: the operations are those of the OpenAPI document, all of them."""

import httpx
import pytest
from fastapi import FastAPI

from tests.audit.changes import CHANGES, ELSEWHERE, WITHOUT, World
from tests.house import ROOT, Person, Servers

READS = ("get", "head", "options")


def changing(app: FastAPI) -> set[str]:
    """Every operation that may change something, by its method."""
    paths = app.openapi()["paths"].items()
    return {f"{method.upper()} {path}" for path, methods in paths for method in methods if method not in READS}


@pytest.fixture
def world(ann: Person, amy: Person, bob: Person, api: httpx.AsyncClient, servers: Servers) -> World:
    """People to change something."""
    return World(ann, amy, bob, api, servers)


def test_every_operation_that_changes_something_is_known_here(app: FastAPI) -> None:
    told = CHANGES.keys() | ELSEWHERE.keys() | WITHOUT.keys()

    assert changing(app) - told == set()
    assert {one for one in told if not one.startswith("GET ")} - changing(app) == set()
    assert CHANGES.keys() & WITHOUT.keys() == set()
    assert all((ROOT / where).is_file() for where in ELSEWHERE.values())


@pytest.mark.parametrize("operation", CHANGES)
async def test_each_leaves_an_event_of_its_own_request(world: World, operation: str) -> None:
    ask, action = CHANGES[operation]

    answer = await ask(world)

    assert answer.is_success, answer.text
    found = (await world.ann.api.get("/audit-events", params={"action": action})).json()["items"]
    mine = [one for one in found if one["request_id"] == answer.headers["x-request-id"]]
    assert len(mine) == 1, found
    assert mine[0]["address"] == "127.0.0.1"
    assert mine[0]["user_id"] is not None


async def test_a_refresh_token_that_was_copied_leaves_the_end_of_its_session(world: World) -> None:
    first = world.amy.pair["refresh_token"]
    for _ in range(2):
        pair = (await world.api.post("/auth/refresh", json={"refresh_token": world.amy.pair["refresh_token"]})).json()
        world.amy.pair["refresh_token"] = pair["refresh_token"]

    answer = await world.api.post("/auth/refresh", json={"refresh_token": first})

    (ended,) = (await world.ann.api.get("/audit-events", params={"action": "session.ended"})).json()["items"]
    assert answer.status_code == 401
    assert (ended["user_id"], ended["facts"]) == (str(world.amy.user_id), {"reason": "reused"})
