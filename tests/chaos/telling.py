"""
What the organisations of a chaos run were told: every job that ended, exactly once written, and then delivered or dead.

The receiver stands beside the stack and lives through everything. It refuses some events and takes its time with some.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import httpx
import stripe

from tests.ai.http_server import Reply
from tests.chaos.witness import Witness
from tests.webhooks.receiver import Received, Receiver, a_receiver

ANSWERS = cycle([*[Reply()] * 5, Reply(503), Reply(after_seconds=0.4), Reply(500)])

EVENTS = """
SELECT e.id::text AS event, e.type, convert_from(e.body, 'UTF8')::jsonb -> 'data' ->> 'id' AS job, d.status
FROM webhook_events e LEFT JOIN webhook_dispatches d ON d.organisation_id = e.organisation_id AND d.event_id = e.id
"""
TYPES = {"completed": "job.completed", "failed": "job.failed"}


@dataclass(frozen=True)
class Ears:
    """Who listens: the receiver, and the secret of each organisation, by its number."""

    receiver: Receiver
    secrets: dict[int, str] = field(default_factory=dict)

    async def listen(self, http: httpx.AsyncClient, token: str, number: int) -> None:
        """Let an organisation listen."""
        headers = {"Authorization": f"Bearer {token}"}
        asked = {"url": self.receiver.url(f"chaos-{number}")}
        answer = await http.post("/v1/webhooks", json=asked, headers=headers)
        self.secrets[number] = answer.raise_for_status().json()["secret"]

    def heard(self) -> list[tuple[Received, str]]:
        """Everything that came, each with the secret that should have signed it."""
        return [
            (one, secret) for number, secret in self.secrets.items() for one in self.receiver.got(f"chaos-{number}")
        ]


@dataclass
class Told:
    """What was found of the telling, and everything that is wrong with it."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))


def listening() -> AbstractAsyncContextManager[Receiver]:
    """A receiver that is well most of the time."""
    return a_receiver(lambda: next(ANSWERS))


async def judge(witness: Witness, jobs: dict[str, Any], ears: Ears) -> Told:
    """Hold what was written and what was received against the jobs."""
    events = await witness.rows(EVENTS)
    told = judge_events(jobs, events)
    judge_received(told, events, ears.heard())
    return told


def judge_events(jobs: dict[str, Any], events: Sequence[Any]) -> Told:
    """Each job that has ended has one event, of its own kind, that was delivered or is dead."""
    told = Told(Counter(str(event["status"]) for event in events))
    written = Counter((event["job"], event["type"]) for event in events)
    ended = {(job, TYPES[row["status"]]) for job, row in jobs.items() if row["status"] in TYPES}
    told.wrong["jobs that ended and are not told of"] += sorted(ended - written.keys())
    told.wrong["events of what did not happen"] += sorted(written.keys() - ended)
    told.wrong["jobs told of twice"] += [told_of for told_of, number in written.items() if number > 1]
    told.wrong["events neither delivered nor dead"] += [
        event["event"] for event in events if event["status"] not in ("delivered", "dead")
    ]
    return told


def judge_received(told: Told, events: Sequence[Any], got: Sequence[tuple[Received, str]]) -> None:
    """What was delivered has arrived, whatever arrives was written, and an event has the same bytes each time."""
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for one, secret in got:
        bodies[one.headers["webhook-id"]].add(one.body)
        told.wrong["events whose signature does not hold"] += _unsigned(one, secret)
    delivered = {event["event"] for event in events if event["status"] == "delivered"}
    told.wrong["events delivered that never arrived"] += sorted(delivered - bodies.keys())
    told.wrong["events that nobody wrote"] += sorted(bodies.keys() - {event["event"] for event in events})
    told.wrong["events with several bodies"] += [event for event, seen in bodies.items() if len(seen) > 1]


def _unsigned(received: Received, secret: str) -> Iterator[str]:
    body = received.body.decode()
    try:
        stripe.WebhookSignature.verify_header(body, received.headers["nexus-signature"], secret)  # old by now
    except stripe.SignatureVerificationError as error:
        yield f"{received.headers['webhook-id']}: {error}"
