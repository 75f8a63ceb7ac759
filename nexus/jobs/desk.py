"""
Taking an order: it is answered with what is kept already, or becomes a job that is charged and done by a worker.

Which of the two is decided before anything is charged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel

from nexus.core.db import Tx
from nexus.jobs import services
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import JobType
from nexus.jobs.services import Created, JobKey, Terms, Work

ANEW = "no-cache"
EXCERPT_CHARACTERS = 120


@dataclass(frozen=True)
class Order:
    """
    What somebody asks for: `caching` as their organisation will have it, `fresh` where they want it done anew, and the
    API key that they ask with, if it is one.
    """

    kind: JobType
    asked: BaseModel
    caching: bool
    fresh: bool
    api_key_id: UUID | None = None


@dataclass(frozen=True)
class Desk:
    """Where orders are taken: the answers that are kept, and the terms of new jobs."""

    cache: Cache
    terms: Terms

    async def take_order(self, tx: Tx, key: JobKey, user_id: UUID, order: Order) -> Created:
        """The job as it begins, with its output if that is known. Raises what `create_job` raises."""
        kind, answer = order.kind, None
        if kind.cacheable and order.caching and not order.fresh:
            answer = await self.cache.find(self.cache.name_of(key.organisation_id, kind, order.asked), kind)
        work = Work(
            kind.name,
            kind.price,
            order.asked.model_dump_json(),
            order.fresh,
            answer,
            excerpt=excerpt_of(order.asked),
            api_key_id=order.api_key_id,
        )
        return await services.create_job(tx, key, user_id, work, self.terms)


def excerpt_of(asked: BaseModel) -> str | None:
    """How the first text of an input begins: what a list of jobs shows of it."""
    text = next((value for _, value in asked if isinstance(value, str)), None)
    return None if text is None else text[:EXCERPT_CHARACTERS]


def wants_it_anew(cache_control: Sequence[str]) -> bool:
    """Whether a request's `Cache-Control` headers say that no kept answer will do."""
    return any(part.strip().lower() == ANEW for header in cache_control for part in header.split(","))
