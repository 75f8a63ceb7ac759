"""Joining by domain needs Google's signed `hd` claim, equal to the e-mail's own domain. Anything less is personal."""

import httpx
import pytest

from tests.house import Servers, sign_in, some_domain

NOT_THE_OWN = {
    "no hd": None,
    "an empty hd": "",
    "a number": 1,
    "a list": ["acme.test"],
    "another domain": "globex.test",
    "the domain above": "test",
    "a domain below": "sub.{domain}",
    "a domain that ends so": "evil{domain}",
    "with an address before it": "ann@{domain}",
    "with a dot after it": "{domain}.",
    "with a space": " {domain}",
    "with NUL": "{domain}\0",
    "with half a character": "{domain}\ud800",
    "a wildcard": "*",
}


@pytest.mark.parametrize("hosted", NOT_THE_OWN.values(), ids=NOT_THE_OWN)
async def test_an_hd_that_is_not_the_emails_domain_gives_a_personal_organisation(
    api: httpx.AsyncClient, servers: Servers, hosted: object
) -> None:
    ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")
    said = hosted.replace("{domain}", ann.domain) if isinstance(hosted, str) else hosted

    eve = await sign_in(api, servers.idp, f"eve@{ann.domain}", claims={"hd": said})

    assert eve.organisation_id != ann.organisation_id
    assert eve.pair["organisation"]["domain"] is None


async def test_a_domain_that_only_looks_alike_once_it_is_mapped_is_not_the_same(
    api: httpx.AsyncClient, servers: Servers
) -> None:
    name = some_domain()
    ann = await sign_in(api, servers.idp, f"ann@strasse-{name}")

    eve = await sign_in(api, servers.idp, f"eve@strasse-{name}", claims={"hd": f"stra\u00dfe-{name}"})

    assert ann.pair["organisation"]["domain"] == f"strasse-{name}"
    assert eve.pair["organisation"]["domain"] is None


async def test_the_same_domain_in_capitals_is_the_same_domain(api: httpx.AsyncClient, servers: Servers) -> None:
    ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")

    amy = await sign_in(
        api, servers.idp, f"amy@{ann.domain}", claims={"email": f"AMY@{ann.domain.upper()}", "hd": ann.domain.upper()}
    )

    assert amy.organisation_id == ann.organisation_id
    assert amy.pair["user"]["email"] == f"amy@{ann.domain}"


async def test_a_domain_and_its_ascii_form_are_one_domain(api: httpx.AsyncClient, servers: Servers) -> None:
    name = some_domain()
    written, encoded = f"b\u00fccher-{name}", f"b\u00fccher-{name}".encode("idna").decode()

    ann = await sign_in(
        api, servers.idp, f"ann@{name}", claims={"sub": f"1{name}", "email": f"a@{written}", "hd": encoded}
    )
    amy = await sign_in(
        api, servers.idp, f"amy@{name}", claims={"sub": f"2{name}", "email": f"b@{encoded}", "hd": written}
    )

    assert amy.organisation_id == ann.organisation_id
    assert ann.pair["organisation"]["domain"] == encoded


async def test_whoever_came_without_hd_does_not_move_when_it_comes_later(
    api: httpx.AsyncClient, servers: Servers
) -> None:
    email = f"ann@{some_domain()}"
    alone = await sign_in(api, servers.idp, email, claims={"hd": None})

    again = await sign_in(api, servers.idp, email)

    assert (again.organisation_id, again.user_id) == (alone.organisation_id, alone.user_id)


@pytest.mark.parametrize("domain", ["gmail.com", "googlemail.com", "GMAIL.com", "outlook.com", "yahoo.co.uk", "qq.com"])
async def test_a_consumer_domain_makes_and_joins_no_organisation_whatever_the_issuer_signs(
    api: httpx.AsyncClient, servers: Servers, domain: str
) -> None:
    people = [await sign_in(api, servers.idp, f"{some_domain()}@{domain}", claims={"hd": domain}) for _ in range(2)]

    assert len({person.organisation_id for person in people}) == 2
    assert [person.pair["organisation"]["domain"] for person in people] == [None, None]
    assert [person.pair["user"]["role"] for person in people] == ["admin", "admin"]
