"""
Errors that nobody foresaw, and whatever is critical, told to Sentry. Only who has a DSN loads this (core/watch.py).

What is reported is what is logged: `log.exception` and `log.critical`. An event holds types, places, the event's name
and ids; no words of an error, no local variables, headers, bodies, parameters, e-mail addresses. Sending is done in a
thread of the library's, from a queue that drops what is too much; a request waits for none of it.
"""

from collections import Counter
from time import monotonic
from typing import Any

import sentry_sdk
from sentry_sdk.utils import event_from_exception
from structlog.typing import EventDict

from nexus.core import metrics
from nexus.core.telling import causes, describe

MINUTE = 60.0
MOST_OF_A_KIND = 5  # a minute: an outage makes the same error at every request, and one is as good as a thousand
MOST_IN_ALL = 60
CLOSE_SECONDS = 1.0

# What may stand beside an event: ids, templates, names and numbers of ours.
TAGS = (
    *("event", "process", "route", "method", "request_id", "job_id", "job_type", "attempt", "api_key_id", "webhook_id"),
    *("round", "code", "model", "invariant", "violations"),
)
OURS = ("sentry_sdk", "urllib3", "opentelemetry")  # what carries reports does not report about itself
LONGEST_TAG = 200  # characters; Sentry takes no more


class Reporter:
    """Reports to Sentry. Raises ValueError for a DSN that is none; after that it never fails and never waits."""

    def __init__(self, dsn: str, environment: str, process: str) -> None:
        self._client = sentry_sdk.Client(
            dsn=dsn,
            environment=environment,
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            send_client_reports=False,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            spotlight=False,
        )
        self._process = process
        self._allowance = Allowance()

    def __call__(self, event: EventDict, error: BaseException | None) -> None:
        """Report what was logged, if it is an error that nobody foresaw, or critical."""
        if (error is None and event["level"] != "critical") or str(event.get("logger", "")).startswith(OURS):
            return
        if not self._allowance.takes((event["event"], describe(error) if error else event.get("invariant"))):
            metrics.error_reports.labels("held_back").inc()
            return
        try:
            self._client.capture_event(self._event(event, error))
        except Exception:  # noqa: BLE001 - reporting an error must not be one
            metrics.error_reports.labels("broke").inc()
        else:
            metrics.error_reports.labels("queued").inc()

    def close(self) -> None:
        """Send what waits, for a second at the most."""
        self._client.close(timeout=CLOSE_SECONDS)

    def _event(self, event: EventDict, error: BaseException | None) -> Any:
        told: Any = {"message": event["event"]} if error is None else self._told(error)
        tags = {name: str(event[name])[:LONGEST_TAG] for name in TAGS if event.get(name) is not None}
        user, organisation = event.get("user_id"), event.get("org_id")
        if user is not None:
            told["user"] = {"id": user}
        if organisation is not None:
            told["contexts"] = {"organisation": {"id": organisation}}
            tags["organisation_id"] = organisation
        where = event.get("route") or event.get("job_type") or event["event"]
        return told | {
            "level": "fatal" if event["level"] == "critical" else "error",
            "logger": "nexus",
            "transaction": f"{self._process} {where}",
            "tags": tags,
            "fingerprint": ["{{ default }}", event["event"]],
        }

    def _told(self, error: BaseException) -> Any:
        """The error and its causes as Sentry shows them, with our words in the place of theirs."""
        told, _ = event_from_exception(error, client_options=self._client.options)
        values = told["exception"]["values"]
        known = list(causes(error))[::-1]
        for number, value in enumerate(values):
            value["value"] = describe(known[number]) if len(known) == len(values) else ""
        return told


class Allowance:
    """How many reports may go out in a minute, of one kind and in all."""

    def __init__(self) -> None:
        self._since = monotonic()
        self._taken = Counter[object]()

    def takes(self, kind: object) -> bool:
        """Whether one more may go out."""
        if monotonic() - self._since > MINUTE:
            self._since = monotonic()
            self._taken.clear()
        if self._taken[kind] >= MOST_OF_A_KIND or self._taken.total() >= MOST_IN_ALL:
            return False
        self._taken[kind] += 1
        return True
