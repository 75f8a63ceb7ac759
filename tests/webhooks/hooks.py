"""What tests do with webhooks through the API."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import stripe
from standardwebhooks import Webhook

from tests.house import Person
from tests.webhooks.receiver import Received


@dataclass(frozen=True)
class Hook:
    """A webhook that somebody registered, and its secret."""

    person: Person
    id: str
    secret: str

    async def read(self) -> dict[str, Any]:
        """As the API shows it."""
        found: dict[str, Any] = (await self.person.api.get(f"/webhooks/{self.id}")).raise_for_status().json()
        return found

    async def change(self, **fields: Any) -> dict[str, Any]:
        """Change it."""
        answer = await self.person.api.patch(f"/webhooks/{self.id}", json=fields)
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        return changed

    async def test(self) -> dict[str, Any]:
        """Have a test event sent; its delivery."""
        answer = await self.person.api.post(f"/webhooks/{self.id}/test")
        assert answer.status_code == 202, answer.text
        delivery: dict[str, Any] = answer.json()
        return delivery

    async def deliveries(self) -> list[dict[str, Any]]:
        """What was and is to be sent, newest first."""
        answer = await self.person.api.get(f"/webhooks/{self.id}/deliveries", params={"limit": 100})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return found

    async def settled(self, number: int = 1, seconds: float = 20) -> list[dict[str, Any]]:
        """The deliveries, once there are so many and none is pending."""
        last = time.monotonic() + seconds
        while True:
            found = await self.deliveries()
            if len(found) >= number and all(one["status"] != "pending" for one in found):
                return found
            assert time.monotonic() < last, found
            await asyncio.sleep(0.02)


async def register(person: Person, url: str, **fields: Any) -> Hook:
    """Register a webhook."""
    answer = await person.api.post("/webhooks", json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    return Hook(person, answer.json()["id"], answer.json()["secret"])


def verify(received: Received, secret: str) -> None:
    """Let the libraries of both forms look at it, as a receiver would. They raise what they do not like."""
    Webhook(secret).verify(received.body, received.headers)
    stripe.WebhookSignature.verify_header(
        received.body.decode(), received.headers["nexus-signature"], secret, tolerance=300
    )
