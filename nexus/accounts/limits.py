"""
Who is counted where: a call of the web application in its person's window, any other signed-in call in that of its
organisation, and the rest in that of its address.

A signed-in call is counted after the caller is known to be a member: somebody who was removed cannot use it up.
The organisation's own limit comes with the membership, so that it costs no round trip of its own.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from fastapi import Request
from pydantic import SecretStr

from nexus.accounts.models import Client
from nexus.core.door import put_on_answer
from nexus.core.errors import may_raise
from nexus.core.parts import part_of
from nexus.core.ratelimit import Limiter, Limits, Policy, RateLimited, is_ending_access, reads_status

IPV6_NETWORK = 64  # bits: whoever has one IPv6 address has all those that begin with the same 64 bits
LONGEST_ADDRESS = 64  # characters; a proxy passes on whatever it was given


@dataclass(frozen=True)
class FirstParty:
    """What the web application proves itself with; without a secret nobody is it."""

    secret: SecretStr | None

    def is_it(self, secret: object) -> bool:
        """Whether this is the secret."""
        if self.secret is None or not isinstance(secret, str):
            return False
        return hmac.compare_digest(secret.encode(errors="replace"), self.secret.get_secret_value().encode())


@dataclass(frozen=True)
class Counted:
    """Whose call is to be counted, by which kind of program, and their organisation's own limit if it has one."""

    organisation_id: UUID
    user_id: UUID
    client: str
    own_limit: int | None


async def count_call(request: Request, by: Counted) -> None:
    """
    Count a call of somebody who is signed in. Raises RateLimited when as many were made as may be.

    A call that only takes access away is counted and never refused: whoever uses up a window with a key or a session
    must not keep it by that.
    """
    limits, endpoint = part_of(request, Limits), request.scope["endpoint"]
    if by.client == Client.WEB:
        policy, whose = limits.status if reads_status(endpoint) else limits.web, f"{by.organisation_id}:{by.user_id}"
        why = f"You may make {policy.limit} requests in {policy.seconds} seconds here, and have made them."
    else:
        policy, whose = limits.organisation.with_limit(by.own_limit), str(by.organisation_id)
        why = f"Your organisation may make {policy.limit} requests in {policy.seconds} seconds, and has made them."
    await _count(request, policy, whose, why, never_refused=is_ending_access(endpoint))


@may_raise(RateLimited)
async def count_stranger(request: Request) -> None:
    """Count a call that comes before sign-in, by its address. Raises RateLimited when there were too many from it."""
    policy = part_of(request, Limits).address
    if policy is None or part_of(request, FirstParty).is_it(await _secret_of(request)):
        return
    why = f"Before sign-in, {policy.limit} requests in {policy.seconds} seconds may come from one address."
    await _count(request, policy, network_of(request.client.host if request.client else ""), why)


def network_of(address: str) -> str:
    """What is counted together: an IPv4 address, or the network of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:LONGEST_ADDRESS]
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), IPV6_NETWORK), strict=False))


async def _count(request: Request, policy: Policy, whose: str, why: str, *, never_refused: bool = False) -> None:
    standing = await part_of(request, Limiter).count(policy, whose)
    put_on_answer(request.scope, standing.headers)
    if not standing.admitted and not never_refused:
        raise RateLimited(why, standing.seconds)


async def _secret_of(request: Request) -> object:
    """The web client secret that the request's body holds, if any. What else is wrong with it is judged later."""
    if request.method != "POST":
        return None
    with suppress(ValueError):
        body = await request.json()
        return body.get("web_client_secret") if isinstance(body, dict) else None
    return None
