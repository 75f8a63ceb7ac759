"""Who may see what: the three access cases of the specification."""

from tests.house import Person


async def test_what_ann_has_bob_does_not_see(ann: Person, bob: Person) -> None:
    answer = await bob.api.get(f"/organisations/{ann.organisation_id}")

    assert answer.status_code == 404
    assert (await ann.api.get(f"/organisations/{ann.organisation_id}")).json()["domain"] == ann.domain
