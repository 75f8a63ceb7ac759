"""The paths of jobs. Those that ask for work follow from the job types: one path each, made here."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic_core import from_json

from nexus.accounts.auth import AnyCaller, CallerTx, JobsCaller
from nexus.core import tracing
from nexus.core.errors import may_raise
from nexus.core.http import JudgedRoute
from nexus.core.models import new_id
from nexus.core.openapi.document import OUTPUT, REFERENCE
from nexus.core.openapi.samples import sample
from nexus.core.paging import Page, PageAsked
from nexus.core.parts import part, part_of
from nexus.core.ratelimit import status_read
from nexus.credits.errors import InsufficientCredits, SpendingStopped
from nexus.jobs import reading, services
from nexus.jobs.catalogue import Catalogue, JobType
from nexus.jobs.desk import Desk, Order, wants_it_anew
from nexus.jobs.errors import JobIsSettled, ModelNotConfigured
from nexus.jobs.models import JobStatus
from nexus.jobs.schemas import ACCEPTED, JobAccepted, JobAcceptedV2, JobShown, JobSummary, JobTypeShown
from nexus.jobs.services import JobKey

ANSWERED = 200


@dataclass(frozen=True)
class Offer:
    """
    What is on offer here: the job types, whether a language model is configured, the desk for orders, and whether
    work may be done without a model.
    """

    catalogue: Catalogue
    model_configured: bool
    desk: Desk
    offline_allowed: bool = True

    def available(self, kind: JobType) -> bool:
        """Whether this kind of work can be done here."""
        return self.model_configured or (self.offline_allowed and kind.without_model is not None)


TheOffer = Annotated[Offer, Depends(part(Offer))]
Status = Annotated[JobStatus | None, Query(description="Only jobs that stand so.")]
OfType = Annotated[str | None, Query(max_length=40, pattern="^[a-z0-9-]*$", description="Only jobs of this type.")]

# What each version answers to somebody who asks for work. A new version is a line here and a shape in schemas.py.
ANSWERS: dict[str, type[JobAccepted]] = {"v1": JobAccepted, "v2": JobAcceptedV2}

CACHE_CONTROL = "Cache-Control"
CAN_BE_ANEW = {
    "name": CACHE_CONTROL,
    "in": "header",
    "required": False,
    "description": "`no-cache` has the work done anew, whatever was answered before. It is charged.",
    "schema": {"type": "string"},
    "example": "no-cache",
}

v1 = APIRouter(prefix="/v1", tags=["jobs"], route_class=JudgedRoute)


@v1.get("/job-types")
async def list_job_types(caller: AnyCaller, offer: TheOffer) -> Page[JobTypeShown]:  # noqa: ARG001 - signed in is enough
    """List the kinds of work on offer, with their prices and shapes."""
    return Page(items=[_show(kind, offer) for kind in offer.catalogue], next_cursor=None)


@v1.get("/jobs")
async def list_jobs(
    caller: AnyCaller, tx: CallerTx, page: PageAsked, status: Status = None, job_type: OfType = None
) -> Page[JobSummary]:
    """List your organisation's jobs without their texts, newest first."""
    return Page[JobSummary].of(await reading.list_summaries(tx, caller.organisation_id, page, status, job_type))


@v1.get("/jobs/{job_id}")
@status_read
async def read_job(job_id: str, caller: AnyCaller, tx: CallerTx) -> JobShown:
    """Read a job: how far it is, what came out of it, or why it failed."""
    shown = JobShown.model_validate(await reading.read_job(tx, caller.organisation_id, job_id))
    structlog.contextvars.bind_contextvars(job_id=str(shown.id))
    return shown


@v1.post("/jobs/{job_id}/cancel")
@may_raise(JobIsSettled)
async def cancel_job(job_id: str, caller: JobsCaller, tx: CallerTx) -> JobShown:
    """Cancel a job that waits or runs: it fails, and its credits come back."""
    await services.cancel_job(tx, caller.organisation_id, caller.user_id, job_id)
    structlog.contextvars.bind_contextvars(job_id=job_id)
    return JobShown.model_validate(await reading.read_job(tx, caller.organisation_id, job_id))


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
                responses=_answers_of(kind, answer),
                name=name if version == "v1" else f"{name}_{version}",
                summary=f"{kind.name.capitalize()} ({kind.price} credits)",
                description=kind.summary,
                openapi_extra={
                    "parameters": [CAN_BE_ANEW],
                    OUTPUT: kind.gives.model_json_schema(ref_template=REFERENCE),
                },
            )
    return router


def _answers_of(kind: JobType, answer: type[JobAccepted]) -> dict[int | str, dict[str, Any]]:
    """The two answers to somebody who asks for this kind of work, with an example of each."""
    schema = kind.gives.model_json_schema()
    output = sample(schema, schema.get("$defs", {}))
    accepted = ACCEPTED | {"cost": kind.price}
    cached = ACCEPTED | {"status": JobStatus.COMPLETED, "cost": 0, "cached": True, "output_data": output}
    if "credits_remaining" in answer.model_fields:
        accepted, cached = accepted | {"credits_remaining": 100 - kind.price}, cached | {"credits_remaining": 100}
    return {
        202: {"content": {"application/json": {"example": accepted}}},
        ANSWERED: {
            "model": answer,
            "description": "Answered from the cache, for nothing.",
            "content": {"application/json": {"example": cached}},
        },
    }


def _submit(kind: JobType, answer: type[JobAccepted]) -> Any:
    """What is done for whoever asks for this kind of work. A version that does not know a field leaves it out."""

    @may_raise(InsufficientCredits, SpendingStopped, ModelNotConfigured)
    async def submit(asked: Any, caller: JobsCaller, tx: CallerTx, request: Request, response: Response) -> JobAccepted:
        offer = part_of(request, Offer)
        if not offer.available(kind):
            raise ModelNotConfigured(kind.name)
        if kind.check_input is not None:
            async with tx.apart():
                await kind.check_input(asked, caller.organisation_id)
        key = JobKey(caller.organisation_id, new_id())
        structlog.contextvars.bind_contextvars(job_id=str(key.id))
        anew = wants_it_anew(request.headers.getlist(CACHE_CONTROL))
        order = Order(kind, asked, caller.caching, anew, caller.key.id if caller.key else None)
        tx.afterwards(partial(tracing.asked_for, key.id, kind.name, key.organisation_id))
        created = await offer.desk.take_order(tx, key, caller.user_id, order)
        output = None if created.output_json is None else from_json(created.output_json)
        if output is not None:
            response.status_code = ANSWERED
        return answer(
            job_id=key.id,
            status=created.status,
            cost=created.cost,
            cached=output is not None,
            output_data=output,
            credits_remaining=created.balance,
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
