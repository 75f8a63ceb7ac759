/** Refusals of our own, in the very shape of the API's errors: a page needs one way to read both. */

const REFUSALS = {
  not_signed_in: [401, "Not signed in", "Sign in, then go on."],
  not_our_page: [403, "Not from our own page", "Changes are taken from the application's own pages only."],
  not_found: [404, "Not found", "There is nothing here by that name."],
  method_not_allowed: [405, "Method not allowed", "This path does not take this method."],
  body_too_large: [413, "Body too large", "A request may have 1000000 bytes. Send less."],
  invalid_request: [422, "Invalid request", "The request could not be read."],
  rate_limited: [429, "Too many requests", "Too many error reports came from your pages. Wait a minute."],
  bad_response: [502, "Answer not understood", "The platform answered in a way that was not expected. Try again."],
  backend_unreachable: [503, "Platform unreachable", "The platform cannot be reached at the moment. Try again."],
} as const;

/** The code of a refusal. */
export type Refusal = keyof typeof REFUSALS;

const RETRY_SECONDS = 2;

/** An answer that refuses. */
export function problem(code: Refusal, requestId: string, facts: Record<string, unknown> = {}): Response {
  const [status, title, detail] = REFUSALS[code];
  const body = { type: `urn:nexus:error:${code}`, title, status, detail, code, request_id: requestId, ...facts };
  const headers = new Headers({
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "X-Request-ID": requestId,
  });
  const retryAfter = code === "backend_unreachable" ? RETRY_SECONDS : facts.retry_after;
  if (retryAfter !== undefined) headers.set("Retry-After", String(retryAfter));
  return new Response(JSON.stringify(body), { status, headers });
}
