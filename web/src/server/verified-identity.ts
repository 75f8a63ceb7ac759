/**
 * Whose a session is, as the API says now.
 *
 * The cookie alone says who somebody was at the last renewal, and a copy of it says so after they signed out.
 */
import { z } from "zod";

import { BackendUnreachable, callBackend } from "./backend";
import { type Identity, identityOf, type Session } from "./session";
import type { Settings } from "./settings";

const KEPT_MILLISECONDS = 10_000; // one page is rendered by several requests
const ANSWER_MILLISECONDS = 3_000; // a slow API must not keep a page from being shown

const Me = z.object({
  user: z.object({ id: z.string(), email: z.string(), name: z.string().nullable(), role: z.string() }),
  organisation: z.object({ id: z.string(), name: z.string(), domain: z.string().nullable() }),
});

// Each route is bundled by itself; what they share lies where all of them look.
const shared = globalThis as typeof globalThis & { nexusIdentities?: Map<string, Promise<Identity | null>> };
const identities = (shared.nexusIdentities ??= new Map());

/** Whose session it is; null if the API says that it is over. While the API is away, what the cookie says. */
export function verifiedIdentity(session: Session, settings: Settings, address: string | null): Promise<Identity | null> {
  const key = session.accessToken;
  const known = identities.get(key);
  if (known) return known;
  const asked = ask(session, settings, address);
  identities.set(key, asked);
  setTimeout(() => identities.delete(key), KEPT_MILLISECONDS).unref();
  return asked;
}

/** Forget what was said of a session that has ended. */
export function forgetIdentity(session: Session): void {
  identities.delete(session.accessToken);
}

async function ask(session: Session, settings: Settings, address: string | null): Promise<Identity | null> {
  const headers = new Headers({ Authorization: `Bearer ${session.accessToken}` });
  if (address) headers.set("X-Forwarded-For", address);
  try {
    const answer = await callBackend(settings, "v1/me", { headers }, AbortSignal.timeout(ANSWER_MILLISECONDS));
    const said: unknown = await answer.json().catch(() => null);
    if (answer.ok) return Me.safeParse(said).data ?? identityOf(session);
    // The API calls a session that has ended expired, too. Of a token that is old it says nothing: its renewal was due,
    // and did not succeed.
    const isOld = reasonIn(said) === "expired" && session.renewAt <= Date.now() / 1000;
    return answer.status === 401 && !isOld ? null : identityOf(session);
  } catch (error) {
    if (error instanceof BackendUnreachable) return identityOf(session);
    throw error;
  }
}

function reasonIn(said: unknown): unknown {
  return (said as { reason?: unknown } | null)?.reason;
}
