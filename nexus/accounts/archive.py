"""
Everything that an organisation has here as one file, however much it is: JSON, one object a line.

The root names the sections, since most of them belong to domains above this one. A page at a time is read and sent on,
by somebody who is still allowed to; no connection waits for whoever reads slowly.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json

from nexus.accounts import services, standing
from nexus.accounts.schemas import OrganisationShown
from nexus.accounts.standing import Reader
from nexus.core.db import Database, Tx
from nexus.core.paging import Asked, Slice
from nexus.core.ratelimit import Limits

AT_ONCE = 100
MEDIA_TYPE = "application/x-ndjson"

ReadPage = Callable[[Tx, UUID, Asked], Awaitable[Slice]]


@dataclass(frozen=True)
class Section:
    """One kind of thing: how a page of it is read, and its shape."""

    kind: str
    read: ReadPage
    shape: type[BaseModel]


class Archive:
    """Writes organisations down."""

    def __init__(self, db: Database, limits: Limits, sections: Sequence[Section]) -> None:
        self._db = db
        self._limits = limits
        self._sections = sections

    async def write(self, reader: Reader) -> AsyncIterator[bytes]:
        """The lines, in pieces. Ends short, with what `standing.must_be_admin_still` raises, once they may not."""
        organisation_id = reader.organisation_id
        async with self._db.transaction(organisation_id) as tx:
            found = await services.read_organisation(tx, organisation_id)
        yield _line("organisation", OrganisationShown.under(self._limits.organisation, found))
        for section in self._sections:
            page: Asked | None = Asked(AT_ONCE)
            while page is not None:
                async with self._db.transaction(organisation_id) as tx:
                    await standing.must_be_admin_still(tx, reader)
                    rows = await section.read(tx, organisation_id, page)
                shown = [section.shape.model_validate(row, from_attributes=True) for row in rows.items]
                yield b"".join(_line(section.kind, one) for one in shown)
                page = None if rows.next_cursor is None else Asked(AT_ONCE, rows.next_cursor)


def _line(kind: str, shown: BaseModel) -> bytes:
    return to_json({"kind": kind, "data": shown.model_dump(mode="json")}) + b"\n"
