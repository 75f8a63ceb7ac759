"""What went wrong at google, read from its errors and its answers."""

from google.genai import errors, types

from nexus.ai.trouble import ProviderTrouble, is_ours, retry_after_in, seconds_in

RETRY_INFO = "google.rpc.RetryInfo"
LONGEST_REASON = 64  # characters of google's own status word that the log keeps

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


def trouble_of(error: errors.APIError) -> ProviderTrouble:
    """Read one of google's errors, https://ai.google.dev/gemini-api/docs/troubleshooting."""
    headers = getattr(error.response, "headers", None) or {}
    return ProviderTrouble(
        reason=str(error.status)[:LONGEST_REASON],
        http_status=error.code,
        retry_after=_retry_delay(error.details) or retry_after_in(headers),
        is_ours=is_ours(error.code),
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
            return seconds_in(str(detail.get("retryDelay", "")).removesuffix("s"))
    return None
