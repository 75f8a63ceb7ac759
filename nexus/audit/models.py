"""The table of what was done."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.models import OrganisationRecord


class AuditEvent(OrganisationRecord):
    """
    Something that a person, or the operator, did to an organisation. Never changed, but emptied of what may name
    somebody once the organisation was erased; deleted when old, if at all.
    """

    __tablename__ = "audit_events"
    __table_args__ = (ForeignKeyConstraint(["organisation_id"], ["organisations.id"]), Index(None, "created_at"))

    action: Mapped[str]
    user_id: Mapped[UUID | None]
    target: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str | None]
    address: Mapped[str | None]
