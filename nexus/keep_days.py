"""For how many days things are kept: the part of the settings that workers forget by. 0 keeps them for ever."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings

LEAST = 30  # days: Stripe sends an event again for so long, and the database deletes no younger audit entry
MOST = 36_500


def _a_month_or_for_ever(value: int) -> int:
    if 0 < value < LEAST:
        raise PydanticCustomError("days", "Give {least} days or more, or 0 to keep them for ever", {"least": LEAST})
    return value


Days = Annotated[int, Field(ge=0, le=MOST)]
LongDays = Annotated[Days, AfterValidator(_a_month_or_for_ever)]


class KeepDays(BaseSettings):
    """How long each kind is kept."""

    keep_input_days: Days = 90
    keep_output_days: Days = 90
    keep_idempotency_days: Days = 1
    keep_delivery_days: Days = 30
    keep_stripe_event_days: LongDays = 90
    keep_session_days: Days = 30
    keep_audit_days: LongDays = 0
