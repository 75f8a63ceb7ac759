/**
 * The back-end-for-front-end: takes a page's call, adds the token that the page never sees, and hands the answer back.
 *
 * A request is judged in this order: path 404, origin 403, session 401, body 413. Then it is the API's to judge.
 */
import { clientAddress } from "./address";
import { BackendUnreachable, callBackend } from "./backend";
import { ENCODING } from "./content-encoding";
import { cookieName, readCookie, sessionCookie } from "./cookies";
import { isListed } from "./paths";
import { problem } from "./problem";
import { renewOnce } from "./renewals";
import { type Session, seal, sessionOf, unseal } from "./session";
import type { Settings } from "./settings";
import { forgetIdentity } from "./verified-identity";

export const BODY_BYTES = 1_000_000; // the API's own limit
const SMALLEST_COMPRESSED = 1_000; // bytes
const HEALTH = "health";
const HEALTH_SECONDS = 5; // the API itself gives the database two
const SENT_ON = ["Accept", "Content-Type", "Idempotency-Key"];
const HANDED_BACK = [
  "Allow",
  "Content-Disposition",
  "Content-Type",
  "Deprecation",
  "Idempotency-Replayed",
  "Link",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Sunset",
  "X-Request-ID",
];
const RENEWED_FOR = new Set(["expired", "signature"]); // what a new access token may put right
const CHANGES_NOTHING = new Set(["GET", "HEAD"]);

/** A page's call that was let in. */
export type Visit = {
  request: Request;
  settings: Settings;
  requestId: string;
  address: string | null;
  session: Session;
};

/**
 * An answer, and the session that the browser is to have from now on; undefined leaves it.
 *
 * No answer to a call takes the cookie away: calls overtake each other, and the cookie may by then be that of a newer
 * session. Pages ask the API whether a session has ended.
 */
export type Outcome = { answer: Response; session?: Session };

/** Answer a page's call of the API's `path`, given without the slash in front. */
export async function passOn(request: Request, path: string, settings: Settings): Promise<Response> {
  const requestId = newRequestId();
  if (!isListed(request.method, path)) return problem("not_found", requestId);
  if (path === HEALTH) return askHealth(request, settings, requestId);
  return letIn(request, settings, requestId, async (visit) => {
    const { answer, session } = await callAsPerson(visit, path + new URL(request.url).search);
    return { answer: handedBack(answer, visit.request, requestId), session };
  });
}

/** How the platform is: anyone may ask, and nobody's session is renewed for it, which would need the database. */
async function askHealth(request: Request, settings: Settings, requestId: string): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(HEALTH_SECONDS * 1000)]);
  try {
    const headers = { "X-Request-ID": requestId };
    return handedBack(await callBackend(settings, HEALTH, { headers }, signal), request, requestId);
  } catch (error) {
    if (error instanceof BackendUnreachable) return problem("backend_unreachable", requestId);
    throw error;
  }
}

/** Let a call in if it comes from our own page and from somebody signed in, and give them what `work` answers. */
export async function letIn(
  request: Request,
  settings: Settings,
  requestId: string,
  work: (visit: Visit) => Promise<Outcome>,
): Promise<Response> {
  if (!isFromOurPage(request, settings)) return problem("not_our_page", requestId);
  const session = await unseal(readCookie(request, cookieName(settings, "session-token")), settings);
  if (!session) return problem("not_signed_in", requestId, { reason: "missing" });
  const address = clientAddress(request.headers, settings.trustedProxies);
  try {
    const { answer, session: next } = await work({ request, settings, requestId, address, session });
    if (answer.status === 401) forgetIdentity(session); // or pages would go on showing it for a moment
    if (next) answer.headers.append("Set-Cookie", sessionCookie(settings, await seal(next, settings)));
    return answer;
  } catch (error) {
    if (error instanceof BackendUnreachable) return problem("backend_unreachable", requestId);
    throw error;
  }
}

/** Call the API in the person's name; renew the session where that is due, or where the API says so. */
export async function callAsPerson(visit: Visit, path: string, given?: BodyInit): Promise<Outcome> {
  const body = given ?? (await bodyOf(visit.request));
  if (body === "too large") return { answer: problem("body_too_large", visit.requestId) };
  const due = visit.session.renewAt <= Date.now() / 1000;
  if (!due) {
    const answer = await callWith(visit, visit.session, path, body);
    const reason = await reasonOf(answer);
    if (reason === null) return { answer };
    if (!RENEWED_FOR.has(reason)) return { answer };
  }
  const renewal = await renewOnce(visit.settings, visit.session.refreshToken, visit.address);
  if ("over" in renewal) return { answer: over(visit, renewal.over) };
  const session = sessionOf(renewal.pair);
  return { answer: await callWith(visit, session, path, body), session };
}

/** Whether a call that changes something was made by a page of ours; what changes nothing may come from anywhere. */
export function isFromOurPage(request: Request, settings: Settings): boolean {
  if (CHANGES_NOTHING.has(request.method)) return true;
  const site = request.headers.get("sec-fetch-site");
  return request.headers.get("origin") === settings.origin && (site === null || site === "same-origin");
}

/** An id that both logs, ours and the API's, know a request by. */
export function newRequestId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function callWith(visit: Visit, session: Session, path: string, body: BodyInit | undefined): Promise<Response> {
  const headers = new Headers({ Authorization: `Bearer ${session.accessToken}`, "X-Request-ID": visit.requestId });
  if (visit.address) headers.set("X-Forwarded-For", visit.address);
  for (const name of SENT_ON) {
    const value = visit.request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const init = { method: visit.request.method, headers, body };
  return callBackend(visit.settings, path, init, visit.request.signal);
}

/** Why the API does not take this access token; null if it does. */
async function reasonOf(answer: Response): Promise<string | null> {
  return answer.status === 401 ? reasonIn(await answer.clone().json().catch(() => null)) : null;
}

function reasonIn(said: unknown): string {
  const reason = (said as { reason?: unknown } | null)?.reason;
  return typeof reason === "string" ? reason : "expired";
}

/** The answer to whose session the API says is over. */
export function over(visit: Visit, said: unknown): Response {
  return problem("not_signed_in", visit.requestId, { reason: reasonIn(said) });
}

function handedBack(answer: Response, request: Request, requestId: string): Response {
  const headers = new Headers({ "Cache-Control": "no-store", "X-Request-ID": requestId });
  for (const name of HANDED_BACK) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (!answer.body || !isWorthCompressing(answer, request)) return new Response(answer.body, { status: answer.status, headers });
  headers.set(ENCODING, "gzip");
  headers.set("Vary", "Accept-Encoding");
  return new Response(answer.body.pipeThrough(new CompressionStream("gzip")), { status: answer.status, headers });
}

/** Whether an answer is text of more than one packet, and the browser takes gzip. A length that is unknown counts as long. */
function isWorthCompressing(answer: Response, request: Request): boolean {
  const length = answer.headers.get("content-length");
  return (
    /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers.get("accept-encoding") ?? "") &&
    /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|x-ndjson)\b)/i.test(answer.headers.get("content-type") ?? "") &&
    (length === null || Number(length) > SMALLEST_COMPRESSED)
  );
}

/** A request's body, whole: it is sent again after a renewal. `most` in bytes. */
export async function bodyOf(
  request: Request,
  most: number = BODY_BYTES,
): Promise<Uint8Array<ArrayBuffer> | "too large" | undefined> {
  if (!request.body) return undefined;
  if (Number(request.headers.get("content-length") ?? 0) > most) return "too large";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > most) return "too large";
    parts.push(part);
  }
  return bytes ? Uint8Array.from(Buffer.concat(parts)) : undefined;
}
