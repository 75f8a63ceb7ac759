"""Gate A1.4: a member cannot call admin-only endpoints, an admin can; a valid token opens no other organisation."""

from uuid import uuid4

import httpx
import jwt
import pytest

from tests.house import Person, refusal

ADMIN_ONLY = ["/members"]
ANYBODY = ["/me", "/organisation", "/credits", "/credits/transactions", "/credits/usage", "/jobs", "/job-types"]


@pytest.mark.parametrize("path", ANYBODY + ADMIN_ONLY)
async def test_gate_a1_4_without_a_token_nobody_enters(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)

    assert refusal(answer) == (401, "not_signed_in")


@pytest.mark.parametrize("path", ANYBODY)
async def test_gate_a1_4_any_valid_token_opens_what_everybody_may_see(amy: Person, path: str) -> None:
    answer = await amy.api.get(path)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ADMIN_ONLY)
async def test_gate_a1_4_a_member_cannot_call_an_admin_only_endpoint(amy: Person, path: str) -> None:
    answer = await amy.api.get(path)

    assert refusal(answer) == (403, "not_allowed")


@pytest.mark.parametrize("path", ADMIN_ONLY)
async def test_gate_a1_4_an_admin_can_call_an_admin_only_endpoint(ann: Person, path: str) -> None:
    answer = await ann.api.get(path)

    assert answer.status_code == 200


async def test_gate_a1_4_the_token_contains_user_organisation_and_role(ann: Person, amy: Person) -> None:
    claims = [jwt.decode(one.pair["access_token"], options={"verify_signature": False}) for one in (ann, amy)]

    assert [(one["sub"], one["organisation_id"], one["role"]) for one in claims] == [
        (str(ann.user_id), str(ann.organisation_id), "admin"),
        (str(amy.user_id), str(ann.organisation_id), "member"),
    ]


@pytest.mark.parametrize("kind", ["organisations", "jobs"])
async def test_gate_a1_4_another_organisations_id_answers_as_one_that_does_not_exist(
    ann: Person, bob: Person, kind: str
) -> None:
    job = (await ann.api.post("/summarize", json={"text": "What ann has, bob must not see."})).json()
    ids = {"organisations": ann.organisation_id, "jobs": job["job_id"]}

    foreign = await bob.api.get(f"/{kind}/{ids[kind]}")
    unknown = await bob.api.get(f"/{kind}/{uuid4()}")

    own = await ann.api.get(f"/{kind}/{ids[kind]}")
    assert (own.status_code, refusal(foreign)) == (200, (404, "not_found"))
    assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


@pytest.mark.parametrize("path", ["/members", "/jobs", "/credits/transactions"])
async def test_gate_a1_4_a_list_holds_nothing_of_another_organisation(ann: Person, bob: Person, path: str) -> None:
    await ann.api.post("/summarize", json={"text": "What ann has, bob must not see."})

    anns, bobs = await ann.api.get(path), await bob.api.get(path)

    anns_ids = {item["id"] for item in anns.json()["items"]}
    bobs_ids = {item["id"] for item in bobs.json()["items"]}
    assert anns_ids
    assert not anns_ids & bobs_ids
