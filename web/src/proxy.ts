/** Before every page: one name for this machine, a session that is current, a nonce for scripts, and the headers. */
import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";

import { pageSession } from "@/server/page-session";
import { isLoopback, settings } from "@/server/settings";
import { PATH } from "@/server/visitor";

const DEVELOPMENT = process.env.NODE_ENV === "development";
const YEAR = 365 * 24 * 3600;

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const elsewhere = ourOwnName(request);
  if (elsewhere) return sentTo(elsewhere);
  const session = await pageSession(request, settings());
  const nonce = randomBytes(16).toString("base64");
  const policy = policyOf(nonce);
  const headers = new Headers(request.headers);
  if (session) headers.set("Cookie", session.cookie);
  headers.set("x-nonce", nonce);
  headers.set("Content-Security-Policy", policy);
  headers.set(PATH, request.nextUrl.pathname + request.nextUrl.search);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  if (session?.setCookie) response.headers.append("Set-Cookie", session.setCookie);
  if (settings().origin.startsWith("https:")) {
    response.headers.set("Strict-Transport-Security", `max-age=${YEAR}; includeSubDomains`);
  }
  return response;
}

/** `localhost` and `127.0.0.1` have cookies of their own: a sign-in has to begin where it will end. */
function ourOwnName(request: NextRequest): URL | null {
  const host = request.headers.get("host") ?? "";
  const ours = new URL(settings().origin);
  const hostname = host.replace(/:\d+$/, "");
  if (host === ours.host || !isLoopback(hostname) || !isLoopback(ours.hostname)) return null;
  return new URL(request.nextUrl.pathname + request.nextUrl.search, ours);
}

/** Next.js makes a redirect to its own address relative, and this one would come back for ever. */
function sentTo(elsewhere: URL): NextResponse {
  return new NextResponse(null, { status: 200, headers: { Refresh: `0; url=${elsewhere}` } });
}

function policyOf(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${DEVELOPMENT ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'", // the chart library writes styles into its elements
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${DEVELOPMENT ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export const config = {
  matcher: ["/((?!api/|_next/static|_next/image|favicon.ico|icon.svg).*)"],
};
