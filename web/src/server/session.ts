/**
 * The session of a browser: an encrypted cookie that no script can read, and that alone holds the tokens.
 *
 * It has NextAuth's form, so that NextAuth makes it and the back-end-for-front-end can renew it.
 */
import { decode, encode } from "next-auth/jwt";
import { z } from "zod";

import type { Settings } from "./settings";

export const SESSION_SECONDS = 8 * 3600; // without a call; every renewal begins it anew
const LARGEST_COOKIE = 3800; // bytes; browsers drop a cookie of more than 4096 with its name and attributes
const LONGEST_NAME = 80; // characters of a name that is only shown
const SPARE_SECONDS = 30; // an access token is renewed so long before its end, or in the last fifth of a short one

const Pair = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive(),
  user: z.object({ id: z.string(), email: z.string(), name: z.string().nullable(), role: z.string() }),
  organisation: z.object({ id: z.string(), name: z.string(), domain: z.string().nullable() }),
});

const Session = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  renewAt: z.number(),
  user: Pair.shape.user,
  organisation: Pair.shape.organisation,
});

/** What a sign-in or a renewal at the API answers. */
export type Pair = z.infer<typeof Pair>;
/** What the cookie holds; `renewAt` in seconds since 1970. */
export type Session = z.infer<typeof Session>;
/** The part of it that pages may see. */
export type Identity = Pick<Session, "user" | "organisation">;

/** Read a token pair of the API's; null if it is none. */
export function readPair(answer: unknown): Pair | null {
  return Pair.safeParse(answer).data ?? null;
}

/** The session that a token pair begins or goes on with. */
export function sessionOf(pair: Pair, now: number = Date.now()): Session {
  const spare = Math.min(SPARE_SECONDS, pair.expires_in / 5);
  return {
    accessToken: pair.access_token,
    refreshToken: pair.refresh_token,
    renewAt: now / 1000 + pair.expires_in - spare,
    user: { ...pair.user, name: pair.user.name === null ? null : shortened(pair.user.name) },
    organisation: { ...pair.organisation, name: shortened(pair.organisation.name) },
  };
}

/** The part of a session that pages may see: who it is, never the tokens. */
export function identityOf(session: Session): Identity {
  return { user: session.user, organisation: session.organisation };
}

/** How an organisation is called in an address: its domain, else its id. */
export function slugOf(organisation: Identity["organisation"]): string {
  return organisation.domain ?? organisation.id;
}

/** Encrypt a session. Throws if a browser would not keep the cookie. */
export async function seal(session: Session, settings: Settings): Promise<string> {
  const value = await encode({ token: session, secret: settings.secret, maxAge: SESSION_SECONDS });
  if (value.length > LARGEST_COOKIE) throw new Error(`The session's cookie has ${value.length} bytes.`);
  return value;
}

/** Decrypt a session; null if it is none, or over. */
export async function unseal(value: string | undefined, settings: Settings): Promise<Session | null> {
  if (!value) return null;
  try {
    return Session.safeParse(await decode({ token: value, secret: settings.secret })).data ?? null;
  } catch {
    return null;
  }
}

function shortened(name: string): string {
  const characters = [...name];
  return characters.length <= LONGEST_NAME ? name : `${characters.slice(0, LONGEST_NAME - 1).join("")}…`;
}
