/** What kind of failure an ApiError tells of, and its facts. `failures.ts` has the words for each kind. */
import * as z from "zod/mini";

import { ApiError } from "@/api/error";

export const FAILURE_KINDS = [
  "unreachable",
  "invalid",
  "signed_out",
  "no_credits",
  "forbidden",
  "missing",
  "conflict",
  "too_large",
  "rate_limited",
  "not_configured",
  "provider_away",
  "server",
  "bad_response",
] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

const KIND_OF_CODE: Readonly<Record<string, FailureKind>> = {
  unreachable: "unreachable",
  backend_unreachable: "unreachable",
  unavailable: "unreachable",
  bad_response: "bad_response",
  billing_not_configured: "not_configured",
  model_not_configured: "not_configured",
  stripe_unavailable: "provider_away",
  // Not the limit on requests: the API's own sentence says what is used up.
  too_many_look_ups: "conflict",
  too_many_replays: "conflict",
};

const KIND_OF_STATUS: Readonly<Record<number, FailureKind>> = {
  400: "invalid",
  401: "signed_out",
  402: "no_credits",
  403: "forbidden",
  404: "missing",
  409: "conflict",
  413: "too_large",
  422: "invalid",
  429: "rate_limited",
};

/** The code decides where it is known, then the status: an answer that is nobody's own words still has one. */
export function kindOf(error: ApiError): FailureKind {
  const byStatus = KIND_OF_STATUS[error.status];
  if (error.code === "bad_response" && error.status >= 400) return byStatus ?? "server";
  return KIND_OF_CODE[error.code] ?? byStatus ?? "server";
}

const fact = z.catch(z.optional(z.number()), undefined);
const factsShape = z.object({
  needed: fact,
  available: fact,
  limit_bytes: fact,
  errors: z.catch(z.optional(z.array(z.object({ field: z.string(), message: z.string() }))), undefined),
});

export type Facts = z.infer<typeof factsShape>;

/** The facts of a problem document that pages use. A fact of the wrong type is no fact. */
export function factsOf(error: ApiError): Facts {
  return error.problem === null ? {} : factsShape.parse(error.problem);
}

/** Whatever was thrown, as an ApiError. What is not one is a defect of the page, and reads as `page_error`. */
export function asApiError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError("page_error", 0, "The page failed.");
}
