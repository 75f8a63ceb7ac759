/** NextAuth's part: the way to the identity provider and back (code flow with PKCE, state and nonce). */
import type { NextAuthOptions } from "next-auth";
import type { JWT } from "next-auth/jwt";
import type { OAuthConfig } from "next-auth/providers/oauth";

import { clientAddress } from "./address";
import { endSession } from "./backend";
import { type Cookie, cookieName, cookieOptions, readCookie } from "./cookies";
import { exchange } from "./exchange";
import { log } from "./log";
import { SESSION_SECONDS, type Pair, type Session, seal, sessionOf, unseal } from "./session";
import type { Settings } from "./settings";
import { forgetIdentity } from "./verified-identity";

const PROVIDER_MILLISECONDS = 10_000;
const INVITED = /^\/invite\/([A-Za-z0-9_-]{1,128})\/joined$/; // where somebody comes back to who signs in by a link
const LONGEST_NEXT = 2000;

type Claims = { sub: string; email?: string; hd?: string; name?: string; email_verified?: unknown; nonce?: string };
type Account = { id_token?: string; nexusPair?: Pair };

/** NextAuth's options for one request. */
export function authOptions(settings: Settings, request: Request): NextAuthOptions {
  const next = nextOf(request, settings);
  const address = clientAddress(request.headers, settings.trustedProxies);
  return {
    secret: settings.secret,
    providers: [provider(settings)],
    pages: { signIn: "/", signOut: "/", error: "/" },
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    jwt: {
      maxAge: SESSION_SECONDS,
      encode: ({ token }) => seal(token as unknown as Session, settings),
      decode: async ({ token }) => (await unseal(token, settings)) as unknown as JWT | null,
    },
    cookies: cookies(settings),
    logger: quietLogger,
    callbacks: {
      async signIn({ account, profile }) {
        const claims = profile as Claims | undefined;
        const invitation = INVITED.exec(next ?? "")?.[1] ?? null;
        // NextAuth has compared this nonce with the one in the browser's cookie.
        const { email_verified: emailVerified, nonce } = claims ?? { email_verified: false };
        const word = { idToken: account?.id_token, nonce, emailVerified, invitation, address };
        const outcome = await exchange(settings, word);
        if ("refusal" in outcome) return refusedAt(outcome.refusal, invitation, next, claims?.hd);
        (account as Account).nexusPair = outcome.pair;
        return true;
      },
      async jwt({ token, account }) {
        const pair = (account as Account | null)?.nexusPair;
        return pair ? (sessionOf(pair) as unknown as JWT) : token;
      },
      redirect: async ({ url }) => settings.origin + (pathWithin(url, settings) ?? "/"),
    },
    events: {
      async signOut({ token }) {
        const session = token as unknown as Session | null;
        if (!session?.refreshToken) return;
        await endSession(settings, session.refreshToken, address);
        forgetIdentity(session);
      },
    },
  };
}

/** The path that an address of our own leads to; null for any other address. */
export function pathWithin(address: string, settings: Settings): string | null {
  if (address.length > LONGEST_NEXT || !URL.canParse(address, settings.origin)) return null;
  const url = new URL(address, settings.origin);
  return url.origin === settings.origin && !url.pathname.startsWith("//") ? url.pathname + url.search : null;
}

/** Where somebody wanted to go who is being signed in: the cookie that NextAuth keeps meanwhile. */
export function nextOf(request: Request, settings: Settings): string | null {
  const kept = readCookie(request, cookieName(settings, "callback-url"));
  return kept ? pathWithin(decoded(kept), settings) : null;
}

/** The sign-in page with a code of what went wrong, and where to go afterwards; `domain` is that of who waits. */
export function signInPage(error: string, next: string | null, domain?: string): string {
  const query = new URLSearchParams({ error, ...(next && next !== "/" && { next }), ...(domain && { domain }) });
  return `/?${query}`;
}

/** `domain`: of the account's organisation, as the provider says; whoever waits is told whose admins decide. */
function refusedAt(code: string, invitation: string | null, next: string | null, domain?: string): string {
  if (invitation) return `/invite/${invitation}?${new URLSearchParams({ error: code })}`;
  return signInPage(code, next, code === "approval_pending" ? domain : undefined);
}

function provider(settings: Settings): OAuthConfig<Claims> {
  return {
    id: "google",
    name: "Google",
    type: "oauth",
    wellKnown: `${settings.issuer}/.well-known/openid-configuration`,
    issuer: settings.issuer,
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    authorization: { params: { scope: "openid email profile", ...(settings.prompt && { prompt: settings.prompt }) } },
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    httpOptions: { timeout: PROVIDER_MILLISECONDS },
    profile: (claims) => ({ id: claims.sub, email: claims.email, name: claims.name }),
  };
}

function cookies(settings: Settings): NextAuthOptions["cookies"] {
  const one = (cookie: Cookie, maxAge?: number) => ({
    name: cookieName(settings, cookie),
    options: { ...cookieOptions(settings), ...(maxAge && { maxAge }) },
  });
  const flow = 15 * 60; // seconds to sign in at the provider
  return {
    sessionToken: one("session-token"),
    callbackUrl: one("callback-url"),
    csrfToken: one("csrf-token"),
    pkceCodeVerifier: one("pkce.code_verifier", flow),
    state: one("state", flow),
    nonce: one("nonce", flow),
  };
}

/** NextAuth's errors carry whole answers of the provider; only their code and kind are written down. */
const quietLogger = {
  error: (code: string, metadata: unknown) => log("error", "next_auth.error", { code, kind: kindOf(metadata) }),
  warn: (code: string) => log("warning", "next_auth.warning", { code }),
  debug: () => undefined,
};

function kindOf(metadata: unknown): string | null {
  const error = metadata instanceof Error ? metadata : (metadata as { error?: unknown } | null)?.error;
  return error instanceof Error ? error.name : null;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return "";
  }
}
