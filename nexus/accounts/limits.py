"""
Who is counted where: a signed-in call in its organisation's window, any other in that of its address.

The organisation's window counts after the caller is known to be a member: somebody who was removed cannot use it up.
Its own limit comes with the membership, so that it costs no round trip of its own.
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
from nexus.core.ratelimit import Limiter, Limits, Policy, RateLimited, reads_status

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


async def count_call(request: Request, organisation_id: UUID, client: str, own_limit: int | None) -> None:
    """Count a call of an organisation. Raises RateLimited when it has made as many as it may."""
    limits = part_of(request, Limits)
    policy = limits.organisation.with_limit(own_limit)
    if client == Client.WEB and reads_status(request.scope["endpoint"]):
        policy = limits.web.with_limit(max(limits.web.limit, policy.limit))
    why = f"Your organisation may make {policy.limit} requests in {policy.seconds} seconds, and has made them."
    await _count(request, policy, str(organisation_id), why)


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


async def _count(request: Request, policy: Policy, whose: str, why: str) -> None:
    standing = await part_of(request, Limiter).count(policy, whose)
    put_on_answer(request.scope, standing.headers)
    if not standing.admitted:
        raise RateLimited(why, standing.seconds)


async def _secret_of(request: Request) -> object:
    """The web client secret that the request's body holds, if any. What else is wrong with it is judged later."""
    if request.method != "POST":
        return None
    with suppress(ValueError):
        body = await request.json()
        return body.get("web_client_secret") if isinstance(body, dict) else None
    return None
