/** Calls to the API from this server: sign-in, renewal, sign-out, and whatever a page asks for. */
import { log } from "./log";
import { type Pair, readPair } from "./session";
import type { Settings } from "./settings";

const ANSWER_SECONDS = 30; // until the first byte of an answer

/** The API could not be reached, or did not answer in time. */
export class BackendUnreachable extends Error {}

/** A renewal's outcome: a new pair, or the API's word that the session is over. */
export type Renewal = { pair: Pair } | { over: unknown };

/** Call the API. Throws BackendUnreachable when no answer came; `signal` is the browser's own patience. */
export async function callBackend(
  settings: Settings,
  path: string,
  init: RequestInit,
  signal?: AbortSignal,
): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_SECONDS * 1000);
  const signals = signal ? [signal, patience.signal] : [patience.signal];
  const headers = new Headers(init.headers);
  headers.set("Cache-Control", "no-store"); // else fetch says no-cache by itself, and the API does paid work anew
  const asked = { ...init, headers, cache: "no-store", redirect: "manual", signal: AbortSignal.any(signals) } as const;
  try {
    return await fetch(`${settings.backend}/${path}`, asked);
  } catch (error) {
    if (!signal?.aborted) log("warning", "backend.unreachable", { path: path.split("?")[0], why: causeOf(error) });
    throw new BackendUnreachable();
  } finally {
    clearTimeout(timer);
  }
}

/** Post to the paths of sign-in, with the secret by which we prove to be the web application. */
export function postAsOurselves(
  settings: Settings,
  path: string,
  body: Record<string, unknown>,
  address: string | null,
): Promise<Response> {
  const headers = new Headers({ "Content-Type": "application/json" });
  if (address) headers.set("X-Forwarded-For", address);
  const said = JSON.stringify({ ...body, web_client_secret: settings.webClientSecret });
  return callBackend(settings, path, { method: "POST", headers, body: said });
}

/** Spend a refresh token. Throws BackendUnreachable for every answer that says nothing of the session. */
export async function renew(settings: Settings, refreshToken: string, address: string | null): Promise<Renewal> {
  const answer = await postAsOurselves(settings, "v1/auth/refresh", { refresh_token: refreshToken }, address);
  const said: unknown = await answer.json().catch(() => null);
  if (answer.status === 401) return { over: said };
  const pair = answer.ok ? readPair(said) : null;
  if (pair) return { pair };
  log("error", "session.not_renewed", { status: answer.status });
  throw new BackendUnreachable();
}

/** End a session at the API. A session that cannot be ended now ends by itself; the cookie is gone in any case. */
export async function endSession(settings: Settings, refreshToken: string, address: string | null): Promise<void> {
  try {
    const answer = await postAsOurselves(settings, "v1/auth/logout", { refresh_token: refreshToken }, address);
    if (!answer.ok) log("warning", "session.not_ended", { status: answer.status });
  } catch {
    log("warning", "session.not_ended", { status: null });
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? ((error.cause as { code?: string } | undefined)?.code ?? error.name) : "unknown";
  return String(cause);
}
