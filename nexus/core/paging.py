"""Lists, newest first, a page at a time. A cursor is the key of the last row seen, made opaque."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Self, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from nexus.core.db import Transaction
from nexus.core.errors import InvalidRequest

Item = TypeVar("Item", bound=BaseModel)

LARGEST_NUMBER = 2**63 - 1  # PostgreSQL's bigint

USE_AS_GIVEN = "Use the `next_cursor` of an earlier answer as it is, or leave it out."


@dataclass(frozen=True)
class Asked:
    """Which part of a list is asked for."""

    limit: Annotated[int, Query(ge=1, le=100, description="How many items a page holds.")] = 20
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None


PageAsked = Annotated[Asked, Depends()]


@dataclass(frozen=True)
class Slice:
    """Rows of a page, and the cursor after them."""

    items: Sequence[Any]
    next_cursor: str | None


class Page(BaseModel, Generic[Item]):
    """A page of a list, newest first. `next_cursor` asks for the next one; null says that this is the last."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": "A page of a list. `next_cursor` asks for the next one; null: it is the last."
        }
    )

    items: list[Item]
    next_cursor: str | None = Field(examples=[None])

    @classmethod
    def of(cls, found: Slice) -> Self:
        """A page of these rows."""
        return cls.model_validate(found, from_attributes=True)


async def read_slice(
    tx: Transaction,
    query: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[Any],
    page: Asked,
    kind: Callable[[str], Any] = UUID,
) -> Slice:
    """The rows of this query that a page asks for. `key` orders them, and its name is that of a selected column."""
    if page.cursor is not None:
        query = query.where(key < _read_cursor(page.cursor, kind))
    rows = await tx.rows(query.order_by(key.desc()).limit(page.limit + 1))
    if len(rows) <= page.limit:
        return Slice(rows, None)
    last = getattr(rows[page.limit - 1], key.key)
    return Slice(rows[: page.limit], urlsafe_b64encode(str(last).encode()).decode().rstrip("="))


def _read_cursor(cursor: str, kind: Callable[[str], Any]) -> Any:
    try:
        text = urlsafe_b64decode(cursor.encode() + b"==").decode()
        key = kind(text)
    except ValueError:
        raise InvalidRequest.of("cursor", USE_AS_GIVEN) from None
    if str(key) != text or (isinstance(key, int) and not 0 <= key <= LARGEST_NUMBER):
        raise InvalidRequest.of("cursor", USE_AS_GIVEN)
    return key
