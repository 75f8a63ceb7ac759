"""What went wrong at google, read from its errors and its answers: how bad, whose fault, and when to come again."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from google.genai import errors, types

RETRY_INFO = "google.rpc.RetryInfo"
LONGEST_REASON = 64  # characters of google's own status word that the log keeps

# Busy or slow, not wrong: https://ai.google.dev/gemini-api/docs/troubleshooting
PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, 499})

# Reasons for which google withholds an answer. The rest (too long, a tool's fault) is an answer that lacks its shape.
REFUSALS = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "PUP_LIMITED_DISABLED",
    }
)


@dataclass(frozen=True)
class ProviderTrouble:
    """Why a request had no answer. `retry_after` is in seconds; `is_ours` says that only the operator can mend it."""

    reason: str
    http_status: int | None = None
    retry_after: float | None = None
    is_ours: bool = False


def trouble_of(error: errors.APIError) -> ProviderTrouble:
    """Read one of google's errors. A wrong key, model or address is a 4xx that waiting does not mend."""
    is_ours = error.code < HTTPStatus.INTERNAL_SERVER_ERROR and error.code not in PASSING
    return ProviderTrouble(
        reason=str(error.status)[:LONGEST_REASON],
        http_status=error.code,
        retry_after=_retry_delay(error.details) or _retry_after_header(error),
        is_ours=is_ours,
    )


def refusal_in(response: types.GenerateContentResponse) -> str | None:
    """Google's word for why it withholds an answer, or None when it does not."""
    feedback = response.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        return _word(feedback.block_reason)
    finished = response.candidates[0].finish_reason if response.candidates else None
    return _word(finished) if finished is not None and _word(finished) in REFUSALS else None


def _word(reason: types.BlockedReason | types.FinishReason) -> str:
    return str(reason.value)[:LONGEST_REASON]


def _retry_delay(details: object) -> float | None:
    """Find `retryDelay` ("12s", "0.5s") in an error's details, https://google.aip.dev/193."""
    error = details.get("error") if isinstance(details, dict) else None
    listed = error.get("details") if isinstance(error, dict) else None
    for detail in listed if isinstance(listed, list) else []:
        if isinstance(detail, dict) and str(detail.get("@type", "")).endswith(RETRY_INFO):
            return _seconds(str(detail.get("retryDelay", "")).removesuffix("s"))
    return None


def _retry_after_header(error: errors.APIError) -> float | None:
    """Read `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date."""
    headers = getattr(error.response, "headers", None) or {}
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _seconds(said: str) -> float | None:
    """Read a number of seconds from another's hand: finite and not negative, or nothing."""
    try:
        seconds = float(said)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
