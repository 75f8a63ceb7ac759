/** A page's session, brought up to date before the page is rendered: pages themselves cannot set a cookie. */
import { clientAddress } from "./address";
import { BackendUnreachable } from "./backend";
import { cookieName, readCookie, sessionCookie } from "./cookies";
import { renewOnce } from "./renewals";
import { seal, sessionOf, unseal } from "./session";
import type { Settings } from "./settings";

/** The `Cookie` header that the page is to see, and the `Set-Cookie` that the browser gets; undefined changes nothing. */
export type PageSession = { cookie: string; setCookie?: string } | undefined;

/**
 * Renew the session of a request for a page if that is due; show the page signed out if the API says that it has ended.
 *
 * The browser keeps its cookie then: pages are also prefetched, and the cookie may by now be that of a newer session.
 */
export async function pageSession(request: Request, settings: Settings, now: number = Date.now()): Promise<PageSession> {
  const session = await unseal(readCookie(request, cookieName(settings, "session-token")), settings);
  if (!session || session.renewAt > now / 1000) return undefined;
  try {
    const address = clientAddress(request.headers, settings.trustedProxies);
    const renewal = await renewOnce(settings, session.refreshToken, address);
    if ("over" in renewal) return { cookie: withSession(request, settings, null) };
    const value = await seal(sessionOf(renewal.pair), settings);
    return { cookie: withSession(request, settings, value), setCookie: sessionCookie(settings, value) };
  } catch (error) {
    if (error instanceof BackendUnreachable) return undefined;
    throw error;
  }
}

function withSession(request: Request, settings: Settings, value: string | null): string {
  const name = cookieName(settings, "session-token");
  const others = (request.headers.get("cookie") ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part && !part.startsWith(`${name}=`));
  return [...others, ...(value === null ? [] : [`${name}=${value}`])].join("; ");
}
