"""What the operator does with credits from the command line. Every query filters by organisation_id."""

from nexus.accounts.operator import find_organisation
from nexus.audit import services as audit
from nexus.core.db import SystemTx
from nexus.credits import services


async def grant_to(tx: SystemTx, name: str, amount: int, reason: str) -> int:
    """Give credits to the organisation with this id or domain; the new balance. Raises NotFound."""
    organisation_id = await find_organisation(tx, name)
    balance = await services.grant(tx, organisation_id, amount, reason)
    facts = {"amount": amount, "reason": reason, "by": "operator"}
    await audit.record(tx, organisation_id, "credits.granted", user_id=None, target=str(organisation_id), **facts)
    return balance
