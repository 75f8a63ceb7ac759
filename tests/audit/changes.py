"""How each operation that changes something is asked for in earnest, and the event that it has to leave."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests.accounts.team import invite, try_sign_in
from tests.house import NOBODY_THERE, Person, Servers, some_domain

WORDS = {"text": "Rain fell on the harbour. The boats stayed in. Everybody waited for the morning."}


@dataclass(frozen=True)
class World:
    """Ann is an admin, amy a member of hers, bob an admin elsewhere; `api` is the door of nobody."""

    ann: Person
    amy: Person
    bob: Person
    api: httpx.AsyncClient
    servers: Servers


Ask = Callable[[World], Awaitable[httpx.Response]]


async def sign_in(world: World) -> httpx.Response:
    """Sign in again."""
    return await try_sign_in(world.api, world.servers, world.ann.email)


async def sign_out(world: World) -> httpx.Response:
    """End the session of somebody who is not needed any more."""
    return await world.api.post("/auth/logout", json={"refresh_token": world.amy.pair["refresh_token"]})


async def end_session(world: World) -> httpx.Response:
    """End one session of one's own."""
    session = (await world.amy.api.get("/sessions")).json()["items"][0]["id"]
    return await world.amy.api.delete(f"/sessions/{session}")


async def end_sessions(world: World) -> httpx.Response:
    """Sign out everywhere."""
    return await world.amy.api.delete("/sessions")


async def _key(world: World) -> str:
    made = await world.ann.api.post("/api-keys", json={"name": "harbour", "scopes": ["read"]})
    return f"/api-keys/{made.json()['id']}"


async def make_key(world: World) -> httpx.Response:
    """Let a program in."""
    return await world.ann.api.post("/api-keys", json={"name": "harbour", "scopes": ["read"]})


async def rotate_key(world: World) -> httpx.Response:
    """Give a program another value."""
    return await world.ann.api.post(f"{await _key(world)}/rotate", json={})


async def revoke_key(world: World) -> httpx.Response:
    """Let a program in no more."""
    return await world.ann.api.delete(await _key(world))


async def change_organisation(world: World) -> httpx.Response:
    """Change a setting."""
    return await world.ann.api.patch("/organisation", json={"name": "Archers"})


async def change_member(world: World) -> httpx.Response:
    """Promote somebody."""
    return await world.ann.api.patch(f"/members/{world.amy.user_id}", json={"role": "admin"})


async def remove_member(world: World) -> httpx.Response:
    """Remove somebody."""
    return await world.ann.api.delete(f"/members/{world.amy.user_id}")


async def make_invitation(world: World) -> httpx.Response:
    """Invite somebody."""
    return await world.ann.api.post("/invitations", json={"email": f"guest@{some_domain()}"})


async def resend_invitation(world: World) -> httpx.Response:
    """Send an invitation again."""
    made = await invite(world.ann, f"guest@{some_domain()}")
    return await world.ann.api.post(f"/invitations/{made['id']}/resend")


async def revoke_invitation(world: World) -> httpx.Response:
    """Take an invitation back."""
    made = await invite(world.ann, f"guest@{some_domain()}")
    return await world.ann.api.delete(f"/invitations/{made['id']}")


async def accept_invitation(world: World) -> httpx.Response:
    """Have bob come over."""
    made = await invite(world.ann, world.bob.email)
    return await world.bob.api.post("/invitations/accept", json={"token": made["token"]})


async def cancel_job(world: World) -> httpx.Response:
    """Cancel a job, of words that nobody has asked about."""
    words = {"text": f"{WORDS['text']} {uuid4()}"}
    job = (await world.ann.api.post("/summarize", json=words)).json()["job_id"]
    return await world.ann.api.post(f"/jobs/{job}/cancel")


async def export_audit(world: World) -> httpx.Response:
    """Download the audit."""
    return await world.ann.api.get("/audit-events/export")


async def delete_organisation(world: World) -> httpx.Response:
    """Ask for the end."""
    return await world.ann.api.post("/organisation/deletion")


async def keep_organisation(world: World) -> httpx.Response:
    """Call it off."""
    await world.ann.api.post("/organisation/deletion")
    return await world.ann.api.delete("/organisation/deletion")


async def export_organisation(world: World) -> httpx.Response:
    """Download everything."""
    return await world.ann.api.get("/organisation/export")


async def _hook(world: World) -> str:
    made = await world.ann.api.post("/webhooks", json={"url": f"http://{NOBODY_THERE}/{uuid4()}"})
    return f"/webhooks/{made.json()['id']}"


async def make_webhook(world: World) -> httpx.Response:
    """Listen."""
    return await world.ann.api.post("/webhooks", json={"url": f"http://{NOBODY_THERE}/"})


async def change_webhook(world: World) -> httpx.Response:
    """Describe a webhook."""
    return await world.ann.api.patch(await _hook(world), json={"description": "The harbour's own."})


async def delete_webhook(world: World) -> httpx.Response:
    """Listen no more."""
    return await world.ann.api.delete(await _hook(world))


async def rotate_secret(world: World) -> httpx.Response:
    """Sign with another secret."""
    return await world.ann.api.post(f"{await _hook(world)}/rotate-secret")


async def send_test(world: World) -> httpx.Response:
    """Try a webhook."""
    return await world.ann.api.post(f"{await _hook(world)}/test")


# What each operation is asked with, and the action that ann's organisation then has in its audit.
CHANGES: Mapping[str, tuple[Ask, str]] = {
    "POST /v1/auth/google": (sign_in, "session.started"),
    "POST /v1/auth/logout": (sign_out, "session.ended"),
    "DELETE /v1/sessions": (end_sessions, "sessions.ended"),
    "DELETE /v1/sessions/{session_id}": (end_session, "session.ended"),
    "POST /v1/api-keys": (make_key, "api_key.created"),
    "POST /v1/api-keys/{api_key_id}/rotate": (rotate_key, "api_key.rotated"),
    "DELETE /v1/api-keys/{api_key_id}": (revoke_key, "api_key.revoked"),
    "PATCH /v1/organisation": (change_organisation, "organisation.changed"),
    "PATCH /v1/members/{user_id}": (change_member, "member.role_changed"),
    "DELETE /v1/members/{user_id}": (remove_member, "member.removed"),
    "POST /v1/invitations": (make_invitation, "invitation.created"),
    "POST /v1/invitations/{invitation_id}/resend": (resend_invitation, "invitation.resent"),
    "DELETE /v1/invitations/{invitation_id}": (revoke_invitation, "invitation.revoked"),
    "POST /v1/invitations/accept": (accept_invitation, "invitation.accepted"),
    "POST /v1/jobs/{job_id}/cancel": (cancel_job, "job.cancelled"),
    "POST /v1/webhooks": (make_webhook, "webhook.created"),
    "PATCH /v1/webhooks/{webhook_id}": (change_webhook, "webhook.changed"),
    "DELETE /v1/webhooks/{webhook_id}": (delete_webhook, "webhook.deleted"),
    "POST /v1/webhooks/{webhook_id}/rotate-secret": (rotate_secret, "webhook.secret_rotated"),
    "POST /v1/webhooks/{webhook_id}/test": (send_test, "webhook.tested"),
    "GET /v1/audit-events/export": (export_audit, "audit.exported"),
    "GET /v1/organisation/export": (export_organisation, "organisation.exported"),
    "POST /v1/organisation/deletion": (delete_organisation, "organisation.deletion_requested"),
    "DELETE /v1/organisation/deletion": (keep_organisation, "organisation.deletion_cancelled"),
}

# What leaves one that needs more than this world to show, and where it is shown.
ELSEWHERE: Mapping[str, str] = {
    "POST /v1/billing/checkout": "tests/payments/test_buying.py",
    "POST /v1/webhooks/{webhook_id}/replay-failed": "tests/webhooks/test_managing.py",
    "POST /v1/webhook-deliveries/{delivery_id}/replay": "tests/webhooks/test_managing.py",
}

# What leaves none, and why.
WITHOUT: Mapping[str, str] = {
    "POST /v1/invitations/look-up": "reads what an invitation offers; the token is in the body, where no log sees it",
    "POST /v1/auth/refresh": "renews what a sign-in began; when a copy is used, the end of the session is written down",
} | {
    f"POST /{version}/{kind}": "the job and its entry in the ledger say who asked, when, and what it cost"
    for version in ("v1", "v2")
    for kind in ("summarize", "analyze", "extract")
}
