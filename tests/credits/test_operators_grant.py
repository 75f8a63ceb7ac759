"""`nexus credits grant`: the operator gives credits, with a reason that the organisation reads."""

import json
from uuid import uuid4

import asyncpg
import pytest

from tests.house import Person, Servers, nexus, some_domain

USAGE = 2  # how the command line says that it was called in a wrong way


def _grant(servers: Servers, organisation: str, amount: str, reason: str, status: int = 0) -> str:
    """Run the command; everything that it says."""
    asked = ("--organisation", organisation, "--amount", amount, "--reason", reason)
    done = nexus("credits", "grant", *asked, environment=servers.environment, status=status)
    return done.stdout + done.stderr


@pytest.mark.parametrize("by", ["domain", "domain in capitals", "id"])
async def test_an_organisation_is_granted_credits_by_its_domain_or_id(servers: Servers, ann: Person, by: str) -> None:
    name = {"domain": ann.domain, "domain in capitals": ann.domain.upper(), "id": str(ann.organisation_id)}[by]

    said = _grant(servers, name, "250", "  For a good cause ")

    entry = (await ann.api.get("/credits/transactions")).json()["items"][0]
    assert "350" in said
    assert (entry["type"], entry["amount"], entry["balance_after"]) == ("grant", 250, 350)
    assert (entry["description"], entry["job_id"]) == ("For a good cause", None)


async def test_a_grant_is_written_down_as_the_operators_doing(
    servers: Servers, truth: asyncpg.Connection, ann: Person
) -> None:
    _grant(servers, ann.domain, "5", "Sorry for the trouble")

    entries = await truth.fetch(
        "SELECT user_id, target, facts FROM audit_events WHERE organisation_id = $1 AND action = 'credits.granted'",
        ann.organisation_id,
    )
    assert [(row["user_id"], row["target"], json.loads(row["facts"])) for row in entries] == [
        (None, str(ann.organisation_id), {"amount": 5, "by": "operator"})
    ]


async def test_a_grant_reaches_no_other_organisation(servers: Servers, ann: Person, bob: Person) -> None:
    _grant(servers, ann.domain, "1", "Only ann")

    assert (await bob.api.get("/credits")).json()["balance"] == 100


@pytest.mark.parametrize("name", [some_domain(), str(uuid4())], ids=["domain", "id"])
def test_an_unknown_organisation_is_told_in_a_sentence(servers: Servers, name: str) -> None:
    said = _grant(servers, name, "10", "For nobody", status=1)

    assert said.startswith(f"No organisation has the id or domain '{name}'.")


@pytest.mark.parametrize(
    ("amount", "reason", "status"),
    [
        ("0", "None", USAGE),
        ("-5", "Less", USAGE),
        ("1.5", "A bit", USAGE),
        ("1000000001", "All", USAGE),
        ("5", "  ", 1),
    ],
)
async def test_a_grant_of_nothing_or_without_a_reason_is_refused(
    servers: Servers, ann: Person, amount: str, reason: str, status: int
) -> None:
    said = _grant(servers, ann.domain, amount, reason, status=status)

    assert "Traceback" not in said
    assert (await ann.api.get("/credits")).json()["balance"] == 100
