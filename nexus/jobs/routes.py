"""The paths of jobs. Those that ask for work follow from the job types: one path each, made here."""

from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query

from nexus.accounts.auth import AnyCaller, CallerTx
from nexus.core.errors import may_raise
from nexus.core.http import JudgedRoute
from nexus.core.models import new_id
from nexus.core.openapi.document import OUTPUT, REFERENCE
from nexus.core.paging import Page, PageAsked
from nexus.core.parts import part
from nexus.credits.errors import InsufficientCredits, SpendingStopped
from nexus.jobs import services
from nexus.jobs.catalogue import Catalogue, JobType
from nexus.jobs.errors import JobIsSettled, ModelNotConfigured
from nexus.jobs.models import JobStatus
from nexus.jobs.schemas import JobAccepted, JobAcceptedV2, JobShown, JobTypeShown
from nexus.jobs.services import JobKey, Terms, Work


@dataclass(frozen=True)
class Offer:
    """What is on offer here: the job types, whether a language model is configured, and the terms of new jobs."""

    catalogue: Catalogue
    model_configured: bool
    terms: Terms

    def available(self, kind: JobType) -> bool:
        """Whether this kind of work can be done here."""
        return self.model_configured or kind.without_model is not None


TheOffer = Annotated[Offer, Depends(part(Offer))]
Status = Annotated[JobStatus | None, Query(description="Only jobs that stand so.")]
OfType = Annotated[str | None, Query(max_length=40, pattern="^[a-z0-9-]*$", description="Only jobs of this type.")]

# What each version answers to somebody who asks for work. A new version is a line here and a shape in schemas.py.
ANSWERS: dict[str, type[JobAccepted]] = {"v1": JobAccepted, "v2": JobAcceptedV2}

v1 = APIRouter(prefix="/v1", tags=["jobs"], route_class=JudgedRoute)


@v1.get("/job-types")
async def list_job_types(caller: AnyCaller, offer: TheOffer) -> Page[JobTypeShown]:  # noqa: ARG001 - signed in is enough
    """List the kinds of work on offer, with their prices and shapes."""
    return Page(items=[_show(kind, offer) for kind in offer.catalogue], next_cursor=None)


@v1.get("/jobs")
async def list_jobs(
    caller: AnyCaller, tx: CallerTx, page: PageAsked, status: Status = None, job_type: OfType = None
) -> Page[JobShown]:
    """List your organisation's jobs, newest first."""
    return Page[JobShown].of(await services.list_jobs(tx, caller.organisation_id, page, status, job_type))


@v1.get("/jobs/{job_id}")
async def read_job(job_id: str, caller: AnyCaller, tx: CallerTx) -> JobShown:
    """Read a job: how far it is, what came out of it, or why it failed."""
    return JobShown.model_validate(await services.read_job(tx, caller.organisation_id, job_id))


@v1.post("/jobs/{job_id}/cancel")
@may_raise(JobIsSettled)
async def cancel_job(job_id: str, caller: AnyCaller, tx: CallerTx) -> JobShown:
    """Cancel a job that waits or runs: it fails, and its credits come back."""
    await services.cancel_job(tx, caller.organisation_id, job_id)
    return JobShown.model_validate(await services.read_job(tx, caller.organisation_id, job_id))


def work_on_offer(catalogue: Catalogue) -> APIRouter:
    """A path for each job type in each version."""
    router = APIRouter(tags=["work"], route_class=JudgedRoute)
    for version, answer in ANSWERS.items():
        for kind in catalogue:
            name = f"submit_{kind.name}".replace("-", "_")
            router.add_api_route(
                f"/{version}/{kind.name}",
                _submit(kind, answer),
                methods=["POST"],
                status_code=202,
                response_model=answer,
                name=name if version == "v1" else f"{name}_{version}",
                summary=f"{kind.name.capitalize()} ({kind.price} credits)",
                description=kind.summary,
                openapi_extra={OUTPUT: kind.gives.model_json_schema(ref_template=REFERENCE)},
            )
    return router


def _submit(kind: JobType, answer: type[JobAccepted]) -> Any:
    """What is done for whoever asks for this kind of work. A version that does not know a field leaves it out."""

    @may_raise(InsufficientCredits, SpendingStopped, ModelNotConfigured)
    async def submit(asked: Any, caller: AnyCaller, tx: CallerTx, offer: TheOffer) -> JobAccepted:
        if not offer.available(kind):
            raise ModelNotConfigured(kind.name)
        key = JobKey(caller.organisation_id, new_id())
        structlog.contextvars.bind_contextvars(job_id=str(key.id))
        work = Work(kind.name, kind.price, asked.model_dump_json())
        left = await services.create_job(tx, key, caller.user_id, work, offer.terms)
        return answer(
            job_id=key.id,
            status=JobStatus.PENDING,
            cost=kind.price,
            cached=False,
            output_data=None,
            credits_remaining=left,
        )

    submit.__annotations__["asked"] = kind.takes
    return submit


def _show(kind: JobType, offer: Offer) -> JobTypeShown:
    return JobTypeShown(
        name=kind.name,
        description=kind.summary,
        price=kind.price,
        available=offer.available(kind),
        input_schema=kind.takes.model_json_schema(),
        output_schema=kind.gives.model_json_schema(),
    )
