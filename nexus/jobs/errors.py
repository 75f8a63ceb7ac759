"""What can go wrong with asking for work, and with doing it, in the caller's words."""

from nexus.core.errors import Conflict, GiveUp, TryAgain, Unavailable


class ModelNotConfigured(Unavailable):
    """This kind of work needs a language model, and the operator has set none."""

    code = "model_not_configured"
    title = "No language model"
    example = ("summarize",)

    def __init__(self, job_type: str) -> None:
        super().__init__(f"'{job_type}' needs a language model, and none is configured here. Nothing was charged.", 60)


class JobIsSettled(Conflict):
    """The job has ended; nothing about it changes any more."""

    code = "job_is_settled"
    title = "The job has ended"
    example = ("completed",)

    def __init__(self, status: str) -> None:
        super().__init__(f"This job is {status} already, so it cannot be cancelled.", job_status=status)


class Cancelled(GiveUp):
    """Somebody of the organisation cancelled the job."""

    code = "cancelled"


class NoModel(TryAgain):
    """The worker has no language model for work that needs one."""

    code = "model_not_configured"


class TookTooLong(TryAgain):
    """An attempt ran into the job's deadline."""

    code = "deadline_exceeded"


class LeaseEnded(TryAgain):
    """The worker fell silent: it crashed, or its machine did."""

    code = "worker_lost"


class Released(TryAgain):
    """The worker was asked to stop and handed the job back, in order."""

    code = "released"


class ClaimLost(TryAgain):
    """The job was cancelled, or given to another worker, while it was being worked on."""

    code = "claim_lost"


class TooManyUnpaidCalls(GiveUp):
    """The organisation's failed and cancelled jobs have used the language model too often."""

    code = "too_many_unpaid_calls"

    def __init__(self, limit: int, window_seconds: int, retry_after: int) -> None:
        super().__init__(
            f"Jobs of your organisation that failed or were cancelled have asked the language model {limit} times in "
            f"{window_seconds} seconds. Ask again in {retry_after} seconds."
        )


class BrokenWork(TryAgain):
    """The code of the job type failed in a way nobody foresaw."""

    code = "internal_error"


class UnreadableInput(GiveUp):
    """The stored input is not what this job type takes (any more)."""

    code = "invalid_input"


class UnstorableOutput(GiveUp):
    """The output holds what cannot be kept."""

    code = "malformed_answer"
