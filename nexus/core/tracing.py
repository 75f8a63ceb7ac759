"""
Traces: off, and nothing of them loaded, unless there is somewhere to send them.

A job's trace has the job's id: its root is the moment in which the job was asked for, with a link to the request, and
every process that works on it or tells of it finds the trace from the id alone. So nothing is carried in the row, and
API and workers agree without a word which jobs are traced. No trace is taken from callers, and none is handed on to
providers and receivers.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from nexus.core.spans import Spans

_nothing: AbstractContextManager[Any] = nullcontext()
_on: list["Spans"] = []  # one at the most: the process's own, set by its root


def begin(spans: "Spans") -> None:
    """Trace from here on."""
    _on[:] = [spans]


def end() -> None:
    """Trace no more."""
    _on.clear()


def is_on() -> bool:
    """Whether anything is traced."""
    return bool(_on)


def request(number: UUID) -> AbstractContextManager[Any]:
    """The span of a request with this random number, if it is of the share."""
    if not _on or not _on[0].takes(number):
        return _nothing
    return _on[0].span("request", {}, kind="SERVER")


def span(name: str, **facts: str | int) -> AbstractContextManager[Any]:
    """A step of what is being traced; nothing where nothing is."""
    if not _on or not _on[0].under_way():
        return _nothing
    return _on[0].span(name, facts, kind="CLIENT")


def of_job(name: str, job_id: UUID, **facts: str | int) -> AbstractContextManager[Any]:
    """A step in the life of a job, in the trace that has its id."""
    if not _on or not _on[0].takes(job_id):
        return _nothing
    return _on[0].span(name, {"nexus.job_id": str(job_id), **facts}, kind="CONSUMER", job_id=job_id)


def asked_for(job_id: UUID, job_type: str, organisation_id: UUID) -> None:
    """Note that a job was asked for: the root of its trace, with a link to the request that asked."""
    if _on and _on[0].takes(job_id):
        facts = {"nexus.job_type": job_type, "nexus.organisation_id": str(organisation_id)}
        _on[0].root("job.asked", job_id, {"nexus.job_id": str(job_id), **facts})
