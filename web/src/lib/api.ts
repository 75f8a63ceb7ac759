/**
 * How a page asks the API: `call(v1.readBalance({ signal }))`.
 *
 * The answer has the agreed shape or it is not given: every failure is thrown as an ApiError, and what each of them
 * is called stands in `failures.ts`. The request goes to our own origin, which adds the token.
 */
import { ApiError } from "@/api";
import { client } from "@/api/generated/v1/client.gen";
import { noteRateLimit } from "@/lib/rate-limit";

export { ApiError, v1 } from "@/api";

// A page of HTML with status 200 (a proxy, a captive portal) is no answer: it must reach the check, not pass as text.
client.setConfig({ parseAs: "json" });

interface Answered<Answer> {
  data?: Answer | undefined;
  error?: unknown;
  response?: Response | undefined;
}

/** What was asked for, or an ApiError (or the browser's AbortError when nobody wants it any more). */
export async function call<Answer>(asked: Promise<Answered<Answer>>): Promise<Answer> {
  const { data, error, response } = await asked;
  if (response) noteRateLimit(response.headers);
  if (error !== undefined) throw error;
  const isEmpty = response?.status !== 204 && response?.headers.get("Content-Length") === "0";
  if (data === undefined || isEmpty) throw badResponse(response);
  return data;
}

function badResponse(response: Response | undefined): ApiError {
  const requestId = response?.headers.get("X-Request-ID") ?? null;
  return new ApiError("bad_response", response?.status ?? 0, "The server gave an empty answer.", null, requestId);
}
