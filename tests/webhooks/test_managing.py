"""Admins set webhooks up: the secret is shown once, every change leaves an entry, and nobody else's exist."""

import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.house import Person, refusal
from tests.webhooks.hooks import Hook, register
from tests.webhooks.receiver import Receiver

SHOWN = {
    *("id", "url", "description", "events", "enabled", "disabled_at", "disabled_reason", "failing_since"),
    *("failed_events", "previous_secret_until", "created_at"),
}


@pytest.fixture
def url(receiver: Receiver) -> str:
    """An address that may be called."""
    return receiver.url("token-of-theirs")


@pytest.fixture
async def hook(ann: Person, url: str) -> Hook:
    """Ann's webhook."""
    return await register(ann, url)


async def entries(truth: asyncpg.Connection, person: Person) -> list[tuple[str, str | None, dict[str, Any]]]:
    """The audit entries about webhooks: what, whose doing, and the facts."""
    rows = await truth.fetch(
        "SELECT action, user_id, facts FROM audit_events WHERE organisation_id = $1 AND action LIKE 'webhook.%'"
        " ORDER BY id",
        person.organisation_id,
    )
    return [(row["action"], row["user_id"] and str(row["user_id"]), json.loads(row["facts"])) for row in rows]


async def test_a_webhook_is_registered_with_a_secret_that_is_shown_once(ann: Person, url: str) -> None:
    answer = await ann.api.post("/webhooks", json={"url": url, "description": " Orders "})

    made = answer.json()
    shown = (await ann.api.get(f"/webhooks/{made['id']}")).json()
    listed = (await ann.api.get("/webhooks")).json()
    assert answer.status_code == 201
    assert made["secret"].startswith("whsec_")
    assert len(made["secret"]) == len("whsec_") + 44
    assert shown.keys() == SHOWN
    assert made == shown | {"secret": made["secret"]}
    assert (shown["description"], shown["enabled"]) == ("Orders", True)
    assert shown["events"] == ["job.completed", "job.failed"]
    assert listed == {"items": [shown], "next_cursor": None}


async def test_the_secret_is_sealed_where_it_is_kept(hook: Hook, truth: asyncpg.Connection) -> None:
    kept = await truth.fetchrow("SELECT * FROM webhook_endpoints WHERE id = $1", UUID(hook.id))

    assert kept is not None
    assert hook.secret.removeprefix("whsec_") not in str(dict(kept))
    assert kept["secret"].startswith(b"gAAAA")


async def test_a_registration_that_is_sent_again_with_its_key_is_one_and_shows_the_same_secret(
    ann: Person, url: str
) -> None:
    once = {"Idempotency-Key": "register-once"}

    first, second = [await ann.api.post("/webhooks", json={"url": url}, headers=once) for _ in range(2)]

    assert (second.status_code, second.headers["Idempotency-Replayed"]) == (201, "true")
    assert first.content == second.content
    assert len((await ann.api.get("/webhooks")).json()["items"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": ""},
        {"url": None},
        {"url": "https://a.test/" + "a" * 2000},
        {"url": "https://a.test", "events": []},
        {"url": "https://a.test", "events": ["job.started"]},
        {"url": "https://a.test", "events": ["webhook.test"]},
        {"url": "https://a.test", "events": ["job.failed", "job.failed"]},
        {"url": "https://a.test", "secret": "whsec_mine"},
        {"url": "https://a.test", "description": "a\u0000b"},
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(ann: Person, wrong: dict[str, Any]) -> None:
    assert refusal(await ann.api.post("/webhooks", json=wrong)) == (422, "invalid_request")


@pytest.mark.parametrize("description", ["\u3164", " \u2800", "orders\u202e", "or\u200bders", "a\u0085b"], ids=ascii)
async def test_a_description_that_hides_something_is_refused(ann: Person, url: str, description: str) -> None:
    answer = await ann.api.post("/webhooks", json={"url": url, "description": description})

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["description"]


async def test_an_address_that_may_not_be_called_is_refused_at_registration_and_at_a_change(
    ann: Person, hook: Hook
) -> None:
    inside = "http://127.0.0.1:1/inside"

    asked = [
        await ann.api.post("/webhooks", json={"url": inside}),
        await ann.api.patch(f"/webhooks/{hook.id}", json={"url": inside}),
    ]

    assert [refusal(answer) for answer in asked] == [(422, "invalid_request")] * 2
    assert inside not in str(await hook.read())


async def test_an_organisation_has_ten_webhooks_at_the_most(ann: Person, bob: Person, url: str) -> None:
    for number in range(10):
        await register(ann, f"{url}-{number}")

    refused = await ann.api.post("/webhooks", json={"url": url})

    assert refusal(refused) == (409, "too_many_webhooks")
    assert refused.json()["limit"] == 10
    await register(bob, url)


async def test_a_change_changes_what_is_given_and_nothing_else(hook: Hook, receiver: Receiver) -> None:
    before = await hook.read()

    changed = await hook.change(url=receiver.url("elsewhere"), events=["job.failed"])
    off = await hook.change(enabled=False)

    assert changed == before | {"url": receiver.url("elsewhere"), "events": ["job.failed"]}
    assert (off["enabled"], off["disabled_reason"]) == (False, "switched_off")
    assert off["disabled_at"] is not None
    assert await hook.change(enabled=True) == changed


@pytest.mark.parametrize(
    "wrong", [{"enabled": None}, {"url": None}, {"events": []}, {"enabled": "yes"}, {"failed_events": 0}]
)
async def test_a_change_to_nonsense_is_refused(hook: Hook, wrong: dict[str, Any]) -> None:
    answer = await hook.person.api.patch(f"/webhooks/{hook.id}", json=wrong)

    assert refusal(answer) == (422, "invalid_request")


async def test_a_deleted_webhook_is_gone_with_what_was_sent_to_it(hook: Hook, truth: asyncpg.Connection) -> None:
    delivery = await hook.test()

    answer = await hook.person.api.delete(f"/webhooks/{hook.id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(await hook.person.api.delete(f"/webhooks/{hook.id}")) == (404, "not_found")
    assert await truth.fetchval("SELECT count(*) FROM webhook_dispatches WHERE id = $1", UUID(delivery["id"])) == 0


async def test_a_rotation_gives_a_new_secret_and_says_until_when_the_old_one_signs(hook: Hook) -> None:
    answer = await hook.person.api.post(f"/webhooks/{hook.id}/rotate-secret")

    rotated = answer.json()
    assert answer.status_code == 200
    assert rotated["secret"] not in ("", hook.secret)
    assert rotated["previous_secret_until"] is not None
    assert "secret" not in await hook.read()


async def test_every_change_leaves_an_entry_that_names_the_host_and_not_the_whole_address(
    ann: Person, hook: Hook, truth: asyncpg.Connection, receiver: Receiver
) -> None:
    await hook.change(url=receiver.url("token-of-theirs-2"))
    await hook.change(url=receiver.url("token-of-theirs-2"))
    await ann.api.post(f"/webhooks/{hook.id}/rotate-secret")
    delivery = await hook.test()
    await truth.execute("UPDATE webhook_dispatches SET status = 'dead' WHERE id = $1", UUID(delivery["id"]))
    await ann.api.post(f"/webhook-deliveries/{delivery['id']}/replay")
    await ann.api.post(f"/webhooks/{hook.id}/replay-failed")
    await ann.api.delete(f"/webhooks/{hook.id}")

    found = await entries(truth, ann)
    assert [action for action, _, _ in found] == [
        *("webhook.created", "webhook.changed", "webhook.secret_rotated", "webhook.tested"),
        *("webhook.delivery_replayed", "webhook.failed_replayed", "webhook.deleted"),
    ]
    assert {who for _, who, _ in found} == {str(ann.user_id)}
    assert found[1][2] == {"host": "127.0.0.1"}
    assert "token-of-theirs" not in str(found)


async def test_a_disabled_webhook_is_neither_tested_nor_replayed(hook: Hook) -> None:
    delivery = await hook.test()
    await hook.change(enabled=False)

    asked = [
        await hook.person.api.post(path)
        for path in (
            f"/webhooks/{hook.id}/test",
            f"/webhooks/{hook.id}/replay-failed",
            f"/webhook-deliveries/{delivery['id']}/replay",
        )
    ]

    assert [refusal(answer) for answer in asked] == [(409, "webhook_disabled")] * 3


async def test_what_is_under_way_is_not_replayed(hook: Hook) -> None:
    delivery = await hook.test()

    answer = await hook.person.api.post(f"/webhook-deliveries/{delivery['id']}/replay")

    assert refusal(answer) == (409, "delivery_under_way")


async def test_deliveries_are_listed_by_where_they_stand(hook: Hook, truth: asyncpg.Connection) -> None:
    waiting, dead = await hook.test(), await hook.test()
    await truth.execute("UPDATE webhook_dispatches SET status = 'dead' WHERE id = $1", UUID(dead["id"]))

    found = {
        status: [one["id"] for one in (await list_of(hook, status))["items"]]
        for status in ("pending", "dead", "delivered")
    }

    assert found == {"pending": [waiting["id"]], "dead": [dead["id"]], "delivered": []}
    assert refusal(await hook.person.api.get(f"/webhooks/{hook.id}/deliveries", params={"status": "lost"}))[0] == 422


async def test_a_delivery_is_read_with_the_bytes_that_are_sent(hook: Hook) -> None:
    delivery = await hook.test()

    found = (await hook.person.api.get(f"/webhook-deliveries/{delivery['id']}")).json()

    body = found.pop("body")
    assert found == delivery
    assert json.loads(body)["id"] == delivery["event_id"]
    assert json.loads(body)["data"] == {"webhook_id": hook.id}


async def list_of(hook: Hook, status: str) -> dict[str, Any]:
    """The deliveries that stand so, as a page."""
    answer = await hook.person.api.get(f"/webhooks/{hook.id}/deliveries", params={"status": status})
    page: dict[str, Any] = answer.raise_for_status().json()
    return page


async def test_members_may_do_none_of_it(amy: Person, hook: Hook) -> None:
    delivery = await hook.test()
    asked = [
        await amy.api.get("/webhooks"),
        await amy.api.post("/webhooks", json={"url": "https://a.test"}),
        await amy.api.get(f"/webhooks/{hook.id}"),
        await amy.api.patch(f"/webhooks/{hook.id}", json={"enabled": False}),
        await amy.api.delete(f"/webhooks/{hook.id}"),
        await amy.api.post(f"/webhooks/{hook.id}/rotate-secret"),
        await amy.api.post(f"/webhooks/{hook.id}/test"),
        await amy.api.get(f"/webhooks/{hook.id}/deliveries"),
        await amy.api.post(f"/webhooks/{hook.id}/replay-failed"),
        await amy.api.get(f"/webhook-deliveries/{delivery['id']}"),
        await amy.api.post(f"/webhook-deliveries/{delivery['id']}/replay"),
    ]

    assert [refusal(answer) for answer in asked] == [(403, "not_allowed")] * 11


async def test_another_organisations_webhook_is_an_unknown_one(bob: Person, hook: Hook) -> None:
    delivery = await hook.test()
    for webhook_id, delivery_id in ((hook.id, delivery["id"]), (str(uuid4()), str(uuid4())), ("x", "x")):
        asked = [
            await bob.api.get(f"/webhooks/{webhook_id}"),
            await bob.api.patch(f"/webhooks/{webhook_id}", json={"enabled": False}),
            await bob.api.delete(f"/webhooks/{webhook_id}"),
            await bob.api.post(f"/webhooks/{webhook_id}/rotate-secret"),
            await bob.api.post(f"/webhooks/{webhook_id}/test"),
            await bob.api.get(f"/webhooks/{webhook_id}/deliveries"),
            await bob.api.post(f"/webhooks/{webhook_id}/replay-failed"),
            await bob.api.get(f"/webhook-deliveries/{delivery_id}"),
            await bob.api.post(f"/webhook-deliveries/{delivery_id}/replay"),
        ]
        assert [refusal(answer) for answer in asked] == [(404, "not_found")] * 9, webhook_id

    assert (await hook.read())["enabled"] is True
