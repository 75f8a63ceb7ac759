"""Gate A1.3: a new Google account gets an organisation; a second account of its domain joins it, not a new one."""

import asyncio

import asyncpg
import httpx
from fastapi import FastAPI

from tests.browser import open_browser
from tests.house import Servers, id_token, sign_in, some_domain

CROWD = 50


async def test_gate_a1_3_a_new_google_account_gets_an_organisation_and_is_its_admin(
    api: httpx.AsyncClient, servers: Servers
) -> None:
    domain = some_domain()

    ann = await sign_in(api, servers.idp, f"ann@{domain}", name="Ann Archer")

    assert ann.pair["organisation"] == {"id": str(ann.organisation_id), "name": domain, "domain": domain}
    assert ann.pair["user"] == {
        "id": str(ann.user_id),
        "email": f"ann@{domain}",
        "name": "Ann Archer",
        "role": "admin",
    }


async def test_gate_a1_3_a_second_account_of_the_domain_joins_the_same_organisation_as_a_member(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection
) -> None:
    domain = some_domain()
    ann = await sign_in(api, servers.idp, f"ann@{domain}")

    amy = await sign_in(api, servers.idp, f"amy@{domain}")

    assert (amy.organisation_id, amy.pair["user"]["role"]) == (ann.organisation_id, "member")
    assert await truth.fetchval("SELECT count(*) FROM organisations WHERE domain = $1", domain) == 1


async def test_gate_a1_3_the_same_account_signs_in_again_as_the_same_user(
    api: httpx.AsyncClient, servers: Servers
) -> None:
    email = f"ann@{some_domain()}"
    first = await sign_in(api, servers.idp, email)

    again = await sign_in(api, servers.idp, email)

    assert (again.organisation_id, again.user_id) == (first.organisation_id, first.user_id)


async def test_gate_a1_3_fifty_first_sign_ins_at_once_make_one_organisation_with_one_admin_and_one_grant(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection
) -> None:
    domain = some_domain()
    tokens = [await id_token(servers.idp, f"person{number}@{domain}") for number in range(CROWD)]

    answers = await asyncio.gather(*(api.post("/auth/google", json={"id_token": token}) for token in tokens))

    assert [answer.status_code for answer in answers] == [200] * CROWD
    assert len({answer.json()["organisation"]["id"] for answer in answers}) == 1
    organisations = await truth.fetch("SELECT id FROM organisations WHERE domain = $1", domain)
    roles = await truth.fetch(
        "SELECT role, count(*) FROM users WHERE organisation_id = $1 GROUP BY role", organisations[0]["id"]
    )
    ledger = await truth.fetch(
        "SELECT type, amount FROM credit_transactions WHERE organisation_id = $1", organisations[0]["id"]
    )
    assert len(organisations) == 1
    assert dict(map(tuple, roles)) == {"admin": 1, "member": CROWD - 1}
    assert [tuple(entry) for entry in ledger] == [("grant", 100)]


async def test_gate_a1_3_ten_first_sign_ins_at_once_of_one_account_make_one_user(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection
) -> None:
    email = f"ann@{some_domain()}"
    token = await id_token(servers.idp, email)

    answers = await asyncio.gather(*(api.post("/auth/google", json={"id_token": token}) for _ in range(10)))

    assert [answer.status_code for answer in answers] == [200] * 10
    assert await truth.fetchval("SELECT count(*) FROM users WHERE email = $1", email) == 1


async def test_gate_a1_3_a_consumer_account_gets_a_personal_organisation_that_nobody_joins(
    api: httpx.AsyncClient, servers: Servers
) -> None:
    name = some_domain().removesuffix(".test")

    carl = await sign_in(api, servers.idp, f"carl.{name}@gmail.com")
    cora = await sign_in(api, servers.idp, f"cora.{name}@gmail.com")

    assert carl.organisation_id != cora.organisation_id
    assert (carl.pair["organisation"]["domain"], carl.pair["user"]["role"]) == (None, "admin")
    assert (cora.pair["organisation"]["domain"], cora.pair["user"]["role"]) == (None, "admin")


async def test_gate_a1_3_a_browser_signs_in_from_the_first_redirect_to_the_token_pair(app: FastAPI) -> None:
    domain = some_domain()
    async with open_browser(app) as browser:
        callback = await browser.come_back(f"ann@{domain}")

        answer = await browser.api.get(callback)

        pair = answer.json()
        me = await browser.api.get("/v1/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert (answer.status_code, pair["token_type"]) == (200, "Bearer")
    assert (me.json()["user"]["email"], me.json()["organisation"]["domain"]) == (f"ann@{domain}", domain)
