"""What may become of what Stripe tells us."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of an event, or of a session that was looked up."""

    FULFILLED = "fulfilled"
    FULFILLED_BEFORE = "fulfilled_before"
    UNPAID = "unpaid"
    ENDED = "ended"
    TAKEN_BACK = "taken_back"
    GIVEN_BACK = "given_back"
    NOTHING_TO_TAKE = "nothing_to_take"
    NOTED = "noted"
    IGNORED = "ignored"

    UNREADABLE = "unreadable"
    FOREIGN_MODE = "foreign_mode"
    UNKNOWN_SESSION = "unknown_session"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_REFERENCE = "wrong_reference"
    PAYMENT_USED = "payment_used"


# Somebody should look at these. Nothing was credited or taken for them, and asking Stripe to send them again would not
# help; when they come again, they are judged anew, since a setting may have been put right.
SUSPICIOUS = frozenset(
    {
        Outcome.UNREADABLE,
        Outcome.FOREIGN_MODE,
        Outcome.UNKNOWN_SESSION,
        Outcome.WRONG_AMOUNT,
        Outcome.WRONG_CURRENCY,
        Outcome.WRONG_REFERENCE,
        Outcome.PAYMENT_USED,
    }
)
