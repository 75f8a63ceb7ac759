"""What the operator's commands do, each with a door to the database of its own."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from nexus.accounts.models import Role
from nexus.accounts.operator import set_role as give_role
from nexus.config import Settings
from nexus.core.db import Database, SystemTx
from nexus.credits.operator import grant_to
from nexus.jobs import invariants
from nexus.payments import operator as payments
from nexus.payments.errors import BillingNotConfigured
from nexus.payments.stripe_api import StripeAPI

Result = TypeVar("Result")


async def check(settings: Settings) -> invariants.Findings:
    """What the invariants find. Raises CannotSee."""
    return await _in_system(settings, invariants.check)


async def grant(settings: Settings, name: str, amount: int, reason: str) -> int:
    """Give credits to the organisation with this id or domain; the new balance. Raises NotFound."""
    return await _in_system(settings, lambda tx: grant_to(tx, name, amount, reason))


async def set_role(settings: Settings, pair: dict[str, Any], role: str) -> None:
    """Give a role to whoever has this token pair."""
    organisation_id, user_id = UUID(pair["organisation"]["id"]), UUID(pair["user"]["id"])
    await _in_system(settings, lambda tx: give_role(tx, organisation_id, user_id, Role(role)))


async def reconcile(settings: Settings, days: int, *, fulfil: bool) -> payments.Found:
    """Compare our purchases with what Stripe says is paid. Raises BillingNotConfigured, StripeUnavailable."""
    key = settings.stripe_api_key
    if key is None:
        raise BillingNotConfigured
    stripe = StripeAPI(key.get_secret_value(), settings.stripe_api_base)
    db = _database(settings)
    try:
        return await payments.reconcile(db, stripe, days, fulfil=fulfil)
    finally:
        await stripe.close()
        await db.close()


async def _in_system(settings: Settings, act: Callable[[SystemTx], Awaitable[Result]]) -> Result:
    db = _database(settings)
    try:
        async with db.system() as tx:
            return await act(tx)
    finally:
        await db.close()


def _database(settings: Settings) -> Database:
    return Database(settings.database_url, settings.system_database_url, pool_size=1)
