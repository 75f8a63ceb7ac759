"""The shape of an audit event, as the API gives it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

PROMOTION: dict[str, Any] = {
    "id": "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d41",
    "created_at": "2026-11-20T09:12:27.212938Z",
    "action": "member.role_changed",
    "user_id": "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f",
    "target": "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d40",
    "facts": {"role": "admin"},
    "address": "192.0.2.7",
    "request_id": "019f9b1c7a5e7c0e8d2f4b6a8c0e1d3f",
}


class AuditEventShown(BaseModel):
    """
    Something that was done. `user_id` is null where the operator or the platform itself acted, `address` and
    `request_id` where no request was behind it. `target` is the id of what it was done to.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [PROMOTION]})

    id: UUID
    created_at: datetime
    action: str
    user_id: UUID | None
    target: str | None
    facts: dict[str, Any]
    address: str | None
    request_id: str | None
