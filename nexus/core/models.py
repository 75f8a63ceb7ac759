"""
What every table has. A table of an organisation has the organisation in its key.

The primary key `(organisation_id, id)` makes the tenant part of the key itself: a foreign key between two such
tables names both columns, so no row can refer to another organisation's row, and the schema can be distributed
by `organisation_id` without a rewrite.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, MetaData, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ids sort by the time they were made."""
    return uuid7()


class Table(DeclarativeBase):
    """Any table: named constraints, times with a zone."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True)}


class Record(Table):
    """A table with a key of its own and the time a row was made."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=-1)


class OrganisationRecord(Record):
    """A table whose rows belong to an organisation: the organisation comes first in the key."""

    __abstract__ = True

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
