"""
The whole audit of an organisation as a file, however long it is: a page at a time is read and sent on.

No connection waits for whoever reads slowly, and each page is read by somebody who is still allowed to.
"""

import csv
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import StrEnum
from io import StringIO
from uuid import UUID

from pydantic_core import to_json

from nexus.audit import services
from nexus.audit.schemas import AuditEventShown
from nexus.core.db import Database, Tx
from nexus.core.paging import Asked

AT_ONCE = 500
COLUMNS = tuple(AuditEventShown.model_fields)
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")

MayRead = Callable[[Tx], Awaitable[None]]


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {Format.CSV: "text/csv; charset=utf-8", Format.JSONL: "application/x-ndjson"}


async def write(
    db: Database, organisation_id: UUID, may_read: MayRead, wanted: services.Wanted, form: Format
) -> AsyncIterator[str]:
    """The events in pieces of text. `may_read` raises when whoever asked may no longer: the file then ends short."""
    page, lines = Asked(AT_ONCE), _csv_lines if form is Format.CSV else _json_lines
    if form is Format.CSV:
        yield ",".join(COLUMNS) + "\r\n"
    while True:
        async with db.transaction(organisation_id) as tx:
            await may_read(tx)
            found = await services.list_events(tx, organisation_id, page, wanted)
        yield lines([AuditEventShown.model_validate(row) for row in found.items])
        if found.next_cursor is None:
            return
        page = Asked(AT_ONCE, found.next_cursor)


def _json_lines(events: list[AuditEventShown]) -> str:
    return "".join(f"{event.model_dump_json()}\n" for event in events)


def _csv_lines(events: list[AuditEventShown]) -> str:
    text = StringIO()
    csv.writer(text).writerows([[_cell(value) for value in event.model_dump(mode="json").values()] for event in events])
    return text.getvalue()


def _cell(value: object) -> str:
    """A value that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    written = value if isinstance(value, str) else to_json(value).decode()
    return f"'{written}" if written.startswith(BEGINS_A_FORMULA) else written
