/** What an answer of the API says when it is a refusal (`application/problem+json`). */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  [fact: string]: unknown;
};

/**
 * Every way in which a call can fail, as one class.
 *
 * `code` is the API's own (`docs/errors.md`), or `unreachable` when no answer came, or `bad_response` when an answer
 * came that does not have the agreed shape. `status` is 0 when there was no answer. `retryAfter` is in seconds.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
    readonly problem: Problem | null = null,
    readonly requestId: string | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }
}

/** What the generated client threw, as an ApiError. `response` is missing when no answer came. */
export function toApiError(thrown: unknown, response: Response | undefined): unknown {
  if (thrown instanceof ApiError || isCancelled(thrown)) return thrown;
  if (!response) return new ApiError("unreachable", 0, "The server could not be reached.");
  const requestId = response.headers.get("X-Request-ID");
  const retryAfter = secondsOf(response.headers.get("Retry-After"));
  if (!response.ok && isProblem(thrown)) {
    return new ApiError(thrown.code, response.status, thrown.detail, thrown, requestId ?? thrown.request_id, retryAfter);
  }
  const detail = "The server gave an answer that could not be read.";
  return new ApiError("bad_response", response.status, detail, null, requestId, retryAfter);
}

/** Whether whoever asked does not want the answer any more: that is no failure. */
function isCancelled(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "AbortError";
}

function isProblem(value: unknown): value is Problem {
  const one = value as Partial<Problem> | null;
  return typeof one === "object" && one !== null && typeof one.code === "string" && typeof one.detail === "string";
}

function secondsOf(header: string | null): number | null {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
