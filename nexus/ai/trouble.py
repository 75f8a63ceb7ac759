"""What went wrong at a provider: how bad, whose fault, and when to come again."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import structlog

from nexus.ai.model import AWAY, ModelUnavailable

# Busy or slow, not wrong.
PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, 499})

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ProviderTrouble:
    """Why a request had no answer. `retry_after` is in seconds; `is_ours` says that only the operator can mend it."""

    reason: str
    http_status: int | None = None
    retry_after: float | None = None
    is_ours: bool = False


def is_ours(http_status: int) -> bool:
    """Whether an error is of the kind that waiting does not mend: a wrong key, model or address is a 4xx."""
    return http_status < HTTPStatus.INTERNAL_SERVER_ERROR and http_status not in PASSING


def unavailable(model: str, trouble: ProviderTrouble) -> ModelUnavailable:
    """Tell the log what happened, and return what the caller is told: to come again."""
    say = log.error if trouble.is_ours else log.warning
    say("model_request.failed", model=model, reason=trouble.reason, http_status=trouble.http_status)
    return ModelUnavailable(AWAY, retry_after=trouble.retry_after)


def retry_after_in(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After` (RFC 9110 section 10.2.3), seconds or a date: how many seconds from now."""
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = seconds_in(value)
    if seconds is not None:
        return seconds
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def seconds_in(said: str) -> float | None:
    """Read a number of seconds from another's hand: finite and not negative, or nothing."""
    try:
        seconds = float(said)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
