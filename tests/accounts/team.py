"""What a team does, step by step: invite, accept, sign in with an invitation, and look at what was written down."""

from typing import Any

import asyncpg
import httpx

from tests.house import Person, Servers, id_token, some_domain

EVENTS = "SELECT action, user_id, target, facts::text FROM audit_events WHERE organisation_id = $1 ORDER BY id"
PEOPLE = "SELECT email, role, status FROM users WHERE organisation_id = $1 ORDER BY id"


async def invite(person: Person, email: str, **said: Any) -> dict[str, Any]:
    """Invite somebody; the invitation with its link."""
    answer = await person.api.post("/invitations", json={"email": email, **said})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def accept(person: Person, token: str) -> httpx.Response:
    """Bring an invitation, signed in as somebody."""
    return await person.api.post("/invitations/accept", json={"token": token})


async def try_sign_in(api: httpx.AsyncClient, servers: Servers, email: str, **said: Any) -> httpx.Response:
    """Sign in through the real route, with whatever else is said to it."""
    claims = {"claims": said.pop("claims")} if "claims" in said else {}
    token = await id_token(servers.idp, email, **claims)
    return await api.post("/auth/google", json={"id_token": token, **said})


async def events(truth: asyncpg.Connection, person: Person) -> list[str]:
    """Every action that was written down in this person's organisation, in its order."""
    return [row["action"] for row in await truth.fetch(EVENTS, person.organisation_id)]


async def people(truth: asyncpg.Connection, person: Person) -> list[tuple[str, str, str]]:
    """Everybody in the tables of this person's organisation."""
    return [tuple(row) for row in await truth.fetch(PEOPLE, person.organisation_id)]


def somebody() -> str:
    """An address outside every organisation."""
    return f"guest@{some_domain()}"


async def status_of(person: Person, invitation: dict[str, Any]) -> str:
    """Where an invitation stands, as its admin reads it."""
    listed = (await person.api.get("/invitations")).json()["items"]
    return str(next(one["status"] for one in listed if one["id"] == invitation["id"]))
