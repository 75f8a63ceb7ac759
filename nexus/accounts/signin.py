"""
Signing in: from a person whom Google vouches for to a member of an organisation. Every query filters by
organisation_id, but for the two that must find out which organisation it is: by identity and by domain.

The first of a domain makes the organisation and is its admin, the rest join. However many come at once, the unique
domain decides who was first. Whoever has no `hd` claim gets an organisation of their own, which nobody joins.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nexus.accounts import joining, members
from nexus.accounts.errors import ChangedMeanwhile
from nexus.accounts.google import Person
from nexus.accounts.joining import Guest
from nexus.accounts.models import Identity, JoinPolicy, Organisation, Role, User, UserStatus
from nexus.audit import services as audit
from nexus.core.db import SystemTx
from nexus.core.models import new_id


@dataclass(frozen=True)
class Welcome:
    """What is done for a new organisation, and when somebody new, with this address, waits for an admin of one."""

    new_organisation: Callable[[SystemTx, UUID], Awaitable[None]]
    waiting: Callable[[SystemTx, UUID, str], Awaitable[None]]


JOINS_AS = {JoinPolicy.AUTOMATIC: UserStatus.ACTIVE, JoinPolicy.APPROVAL: UserStatus.AWAITING_APPROVAL}


@dataclass(frozen=True)
class Entry:
    """Where a person belongs, and whether they may come in. `status` is None where nobody joins by domain."""

    organisation_id: UUID
    user_id: UUID
    status: UserStatus | None


async def enter(tx: SystemTx, person: Person, welcome: Welcome) -> Entry:
    """Find where a person belongs, or make a place for them."""
    entry = await _find(tx, person)
    if entry is None:
        await _one_at_a_time(tx, person)
        entry = await _find(tx, person) or await _first_time(tx, person, welcome)
    if entry.status is not UserStatus.ACTIVE or await _refresh_user(tx, entry, person):
        return entry
    return await _find(tx, person) or entry  # removed, or moved, since we looked


async def enter_by_invitation(tx: SystemTx, person: Person, hashes: Sequence[bytes]) -> Entry:
    """Let a person in by an invitation, wherever they were before. Raises what `joining.accept` raises."""
    await _one_at_a_time(tx, person)
    organisation_id, entry = await joining.find(tx, hashes), await _find(tx, person)
    await members.take_turns(tx, organisation_id, *([entry.organisation_id] if entry else []))
    found = await _find(tx, person)
    guest = Guest(person.email, person.name)
    if found is not None:
        guest = Guest(person.email, person.name, found.organisation_id, found.user_id, found.status)
    if guest.organisation_id != (entry.organisation_id if entry else None):
        raise ChangedMeanwhile
    place = await joining.accept(tx, organisation_id, hashes, guest)
    if found is None:
        await _identify(tx, organisation_id, place.user_id, person)
    entry = Entry(organisation_id, place.user_id, UserStatus.ACTIVE)
    await _refresh_user(tx, entry, person)
    return entry


async def _one_at_a_time(tx: SystemTx, person: Person) -> None:
    """Wait for whoever else makes a place for this very person."""
    await tx.scalar(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{person.issuer} {person.subject}", 0))))


async def _find(tx: SystemTx, person: Person) -> Entry | None:
    row = await tx.first(
        select(User.organisation_id, User.id, User.status)
        .join(Identity, (Identity.organisation_id == User.organisation_id) & (Identity.user_id == User.id))
        .where(Identity.issuer == person.issuer, Identity.subject == person.subject)
    )
    return None if row is None else Entry(row.organisation_id, row.id, UserStatus(row.status))


async def _first_time(tx: SystemTx, person: Person, welcome: Welcome) -> Entry:
    organisation_id = await _new_organisation(tx, person)
    if organisation_id is not None:
        await welcome.new_organisation(tx, organisation_id)
        return await _add(tx, organisation_id, person, Role.ADMIN, UserStatus.ACTIVE)
    organisation = await tx.first(
        select(Organisation.id, Organisation.join_policy).where(Organisation.domain == person.domain)
    )
    status = JOINS_AS.get(organisation.join_policy)
    if status is None:
        return Entry(organisation.id, new_id(), None)
    if await _address_is_taken(tx, organisation.id, person.email):
        status = UserStatus.AWAITING_APPROVAL
    role = Role.MEMBER
    if status is UserStatus.ACTIVE and await _everybody_left(tx, organisation.id):
        role = Role.ADMIN
    entry = await _add(tx, organisation.id, person, role, status)
    if status is UserStatus.AWAITING_APPROVAL:
        await welcome.waiting(tx, organisation.id, person.email)
    return entry


async def _everybody_left(tx: SystemTx, organisation_id: UUID) -> bool:
    """Whether nobody is in there: whoever then joins is its admin, as the first one was."""
    if await _anybody_is_in(tx, organisation_id):
        return False
    await members.take_turns(tx, organisation_id)
    return not await _anybody_is_in(tx, organisation_id)


async def _anybody_is_in(tx: SystemTx, organisation_id: UUID) -> bool:
    found = await tx.scalar(
        select(User.id).where(User.organisation_id == organisation_id, User.status == UserStatus.ACTIVE).limit(1)
    )
    return found is not None


async def _new_organisation(tx: SystemTx, person: Person) -> UUID | None:
    """Make the organisation of this domain, or a personal one; None when the domain has one already."""
    organisation_id = new_id()
    name = person.domain or f"{person.name or person.email} (personal)"
    made: UUID | None = await tx.scalar(
        upsert(Organisation)
        .values(id=organisation_id, name=name, domain=person.domain)
        .on_conflict_do_nothing(index_elements=[Organisation.domain])
        .returning(Organisation.id)
    )
    if made:
        await audit.record(tx, made, "organisation.created", user_id=None, target=str(made), domain=person.domain)
    return made


async def _address_is_taken(tx: SystemTx, organisation_id: UUID, email: str) -> bool:
    """Whether somebody else came in with this address: a re-registered mailbox must not take over their place."""
    found = await tx.scalar(
        select(User.id).where(User.organisation_id == organisation_id, User.email == email).limit(1)
    )
    return found is not None


async def _add(tx: SystemTx, organisation_id: UUID, person: Person, role: Role, status: UserStatus) -> Entry:
    user_id = new_id()
    await tx.execute(
        insert(User).values(
            organisation_id=organisation_id,
            id=user_id,
            email=person.email,
            name=person.name,
            role=role,
            status=status,
        )
    )
    await _identify(tx, organisation_id, user_id, person)
    await audit.record(
        tx, organisation_id, "member.joined", user_id=user_id, target=str(user_id), role=role, status=status
    )
    return Entry(organisation_id, user_id, status)


async def _identify(tx: SystemTx, organisation_id: UUID, user_id: UUID, person: Person) -> None:
    await tx.execute(
        insert(Identity).values(
            organisation_id=organisation_id, user_id=user_id, issuer=person.issuer, subject=person.subject
        )
    )


async def _refresh_user(tx: SystemTx, entry: Entry, person: Person) -> bool:
    """Keep their row as Google has them, and hold it: whether they are a member still."""
    kept = await tx.execute(
        update(User)
        .where(
            User.organisation_id == entry.organisation_id,
            User.id == entry.user_id,
            User.status == UserStatus.ACTIVE,
        )
        .values(email=person.email, name=person.name, last_signed_in_at=func.now())
    )
    return kept == 1
