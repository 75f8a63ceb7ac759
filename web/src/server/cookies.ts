/**
 * The names and attributes of our cookies.
 *
 * Over https they have the prefix `__Host-`: no other host and no page without https can set them. Over http, on a
 * developer's machine, the port stands in the name, because a browser keeps one set of cookies for all ports of a host.
 */
import { SESSION_SECONDS } from "./session";
import type { Settings } from "./settings";

/** Which cookie: NextAuth's own names for them. */
export type Cookie = "session-token" | "callback-url" | "csrf-token" | "pkce.code_verifier" | "state" | "nonce";

/** A cookie's full name. */
export function cookieName(settings: Settings, cookie: Cookie): string {
  const { protocol, port } = new URL(settings.origin);
  const prefix = protocol === "https:" ? "__Host-" : `nexus-${port || "80"}.`;
  return `${prefix}next-auth.${cookie}`;
}

/** A cookie's attributes, as NextAuth takes them. */
export function cookieOptions(settings: Settings) {
  return { httpOnly: true, sameSite: "lax", path: "/", secure: settings.origin.startsWith("https:") } as const;
}

/** The value of a cookie that a request carries. */
export function readCookie(request: Request, name: string): string | undefined {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, ...value] = part.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}

/** The `Set-Cookie` of a session. */
export function sessionCookie(settings: Settings, value: string): string {
  const secure = cookieOptions(settings).secure ? "; Secure" : "";
  const name = cookieName(settings, "session-token");
  return `${name}=${value}; Path=/; Max-Age=${SESSION_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
}
