"""What the operator's commands do in the database: each in one transaction that looks across organisations."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import click
from sqlalchemy.exc import DBAPIError, ProgrammingError

from nexus.accounts import operator
from nexus.accounts.models import Role
from nexus.audit import services as audit
from nexus.config import Settings
from nexus.core.connections import connect_problem
from nexus.core.db import Database, SystemTx
from nexus.core.errors import NotFound, Unavailable
from nexus.credits import services as credits_services
from nexus.jobs import invariants
from nexus.payments import operator as payments
from nexus.payments.errors import BillingNotConfigured
from nexus.payments.stripe_api import StripeAPI

Result = TypeVar("Result")


class DatabaseUnreachable(click.ClickException):
    """The database cannot be asked; the sentence says why, and ends a command that does not catch it."""


async def check(settings: Settings) -> Any:
    """What the invariants find. Raises CannotSee."""
    return await _in_system(settings, invariants.check)


async def grant(settings: Settings, name: str, amount: int, reason: str) -> int:
    """Give an organisation credits; its balance then."""

    async def act(tx: SystemTx) -> int:
        organisation_id = await operator.find_organisation(tx, name)
        balance = await credits_services.grant(tx, organisation_id, amount, reason)
        facts = {"amount": amount, "by": "operator"}  # the reason is free text: it is in the ledger alone
        await audit.record(tx, organisation_id, "credits.granted", user_id=None, target=str(organisation_id), **facts)
        return balance

    return await _in_system(settings, act)


async def set_rate_limit(settings: Settings, name: str, limit: int | None) -> None:
    """Give an organisation a rate limit of its own, or with None the platform's again."""

    async def act(tx: SystemTx) -> None:
        await operator.set_rate_limit(tx, await operator.find_organisation(tx, name), limit)

    await _in_system(settings, act)


async def reconcile(settings: Settings, days: int, *, fulfil: bool) -> int:
    """Compare our purchases with what Stripe says is paid, and print what is missing; 1 while any is left, else 0."""
    key = settings.stripe_api_key
    if key is None:
        return _told(BillingNotConfigured().detail)
    stripe = StripeAPI(key.get_secret_value(), settings.stripe_api_base)
    db = Database(settings.database_url, settings.system_database_url, pool_size=1)
    try:
        found = await payments.reconcile(db, stripe, days, fulfil=fulfil)
    except Unavailable as error:
        return _told(error.detail)
    finally:
        await stripe.close()
        await db.close()
    for one in found.missing:
        click.echo(one)
    click.echo(f"{found.paid} paid, {len(found.missing)} of them no purchase here, {found.left} left.")
    return 1 if found.left else 0


async def set_role(settings: Settings, pair: dict[str, Any], role: str) -> None:
    """Give whoever this token pair belongs to a role."""
    organisation_id, user_id = UUID(pair["organisation"]["id"]), UUID(pair["user"]["id"])
    await _in_system(settings, lambda tx: operator.set_role(tx, organisation_id, user_id, Role(role)))


def _told(sentence: str) -> int:
    click.echo(sentence, err=True)
    return 1


async def _in_system(settings: Settings, act: Callable[[SystemTx], Awaitable[Result]]) -> Result:
    """Do it and commit. Whom the operator named and nobody is ends the process with a sentence."""
    db = Database(settings.database_url, settings.system_database_url, pool_size=1)
    try:
        async with db.system() as tx:
            return await act(tx)
    except NotFound as error:
        click.echo(error.detail, err=True)
        sys.exit(1)
    except (DBAPIError, Unavailable) as error:
        problem = connect_problem(error)
        if problem is not None:
            raise DatabaseUnreachable(f"NEXUS_SYSTEM_DATABASE_URL: {problem.sentence}") from None
        if isinstance(error, ProgrammingError):
            raise DatabaseUnreachable(
                "The schema is missing or older than this version. Run `nexus migrate`."
            ) from None
        raise
    finally:
        await db.close()
