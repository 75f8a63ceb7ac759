/**
 * How much of the organisation's window is left, as the last answer said.
 *
 * The API writes `RateLimit-Policy: "organisation";q=100;w=900` and `RateLimit: "organisation";r=57;t=412`.
 */

export interface RateLimit {
  /** Requests that there may be in the window. */
  quota: number;
  windowSeconds: number;
  remaining: number;
  /** Seconds from `at` until there is one more. */
  resetSeconds: number;
  at: Date;
}

const POLICY = "organisation";

/** The numbers that a header names for our policy, or undefined: `{q: 100, w: 900}`. */
function numbersOf(header: string | null): Record<string, number> | undefined {
  for (const item of header?.split(",") ?? []) {
    const [name, ...members] = item.trim().split(";");
    if (name !== `"${POLICY}"`) continue;
    return Object.fromEntries(members.map((member) => member.split("=")).map(([key, value]) => [key, Number(value)]));
  }
  return undefined;
}

/** What an answer says of the organisation's window; undefined when it does not, or not in numbers. */
export function readRateLimit(headers: Headers, at: Date): RateLimit | undefined {
  const policy = numbersOf(headers.get("RateLimit-Policy"));
  const now = numbersOf(headers.get("RateLimit"));
  if (!policy || !now) return undefined;
  const read = { quota: policy.q, windowSeconds: policy.w, remaining: now.r, resetSeconds: now.t };
  const { quota, windowSeconds, remaining, resetSeconds = 0 } = read;
  if (!isCount(quota) || !isCount(windowSeconds) || !isCount(remaining) || !isCount(resetSeconds)) return undefined;
  return { quota, windowSeconds, remaining, resetSeconds, at };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

let latest: RateLimit | undefined;
const listeners = new Set<() => void>();

/** Keep what this answer says, if it says anything of the organisation's window. */
export function noteRateLimit(headers: Headers): void {
  const read = readRateLimit(headers, new Date());
  if (!read) return;
  latest = read;
  listeners.forEach((tell) => tell());
}

export function latestRateLimit(): RateLimit | undefined {
  return latest;
}

export function onRateLimit(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Forget it, as another organisation's page must. */
export function forgetRateLimit(): void {
  latest = undefined;
}
