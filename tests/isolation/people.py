"""Two organisations with something in each, and everything that would betray the one to the other."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI

from tests.house import NOBODY_THERE, Person, door, sign_in, some_domain

TENANT_TABLES = """
SELECT table_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = 'organisation_id' ORDER BY table_name
"""
WORDS = {"text": "Rain fell on the harbour. The boats stayed in. Everybody waited for the morning."}

EVERYTHING = {"name": "a program", "scopes": ["read", "jobs", "admin"]}


@dataclass(frozen=True)
class Neighbours:
    """Ann has things; bob, an admin, ben, a member, and a key that may do everything are of another organisation."""

    ann: Person
    bob: Person
    ben: Person
    key: str
    truth: asyncpg.Connection

    @property
    def callers(self) -> dict[str, str]:
        """Who tries to see ann's things, and their access tokens."""
        return {"admin": token_of(self.bob), "member": token_of(self.ben), "key": self.key}

    async def close(self) -> None:
        """Say good-bye."""
        for person in (self.ann, self.bob, self.ben):
            await person.api.aclose()


def token_of(person: Person) -> str:
    """Somebody's access token."""
    return str(person.pair["access_token"])


def plain_door(app: FastAPI) -> httpx.AsyncClient:
    """A client of this app that takes paths as the OpenAPI document writes them."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test")


async def move_in(app: FastAPI, idp: str, truth: asyncpg.Connection) -> Neighbours:
    """Sign the three in, and give both organisations something to be seen."""
    domain = some_domain()
    async with door(app) as api:
        ann = await sign_in(api, idp, f"ann@{some_domain()}", name="Ann Anderson")
        bob = await sign_in(api, idp, f"bob@{domain}", name="Bob")
        ben = await sign_in(api, idp, f"ben@{domain}", name="Ben")
    assert (bob.pair["user"]["role"], ben.pair["user"]["role"]) == ("admin", "member")
    for person in (ann, bob, ann):
        answer = await person.api.post("/summarize", json=WORDS)
        assert answer.status_code == 202, answer.text
    for person in (ann, bob):
        await _listen(person)
        answer = await person.api.post("/invitations", json={"email": f"guest@{some_domain()}"})
        assert answer.status_code == 201, answer.text
    keys = [(await person.api.post("/api-keys", json=EVERYTHING)).json()["value"] for person in (ann, bob, bob)]
    return Neighbours(ann, bob, ben, keys[1], truth)


async def _listen(person: Person) -> None:
    """Give somebody's organisation a webhook, with something on its way there that nobody sends."""
    hook = await person.api.post("/webhooks", json={"url": f"http://{NOBODY_THERE}/{person.domain}"})
    assert hook.status_code == 201, hook.text
    test = await person.api.post(f"/webhooks/{hook.json()['id']}/test")
    assert test.status_code == 202, test.text


async def rows_of(truth: asyncpg.Connection, organisation_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row of an organisation, in every table that has any, past every policy."""
    tables = [row["table_name"] for row in await truth.fetch(TENANT_TABLES)]
    columns = dict.fromkeys(tables, "organisation_id") | {"organisations": "id"}
    found = {}
    for table, column in columns.items():
        query = f"SELECT to_jsonb(t)::text AS row FROM {table} t WHERE {column} = $1 ORDER BY id"  # noqa: S608 - names from the catalogue
        found[table] = [json.loads(row["row"]) for row in await truth.fetch(query, organisation_id)]
    return found


async def traces_of(person: Person, truth: asyncpg.Connection) -> set[str]:
    """Whatever says that this organisation exists: every id of its rows, its people's addresses, its domain."""
    rows = await rows_of(truth, person.organisation_id)
    ids = {str(row["id"]) for table in rows.values() for row in table}
    return ids | {person.email, person.domain, str(person.organisation_id), "Ann Anderson"}
