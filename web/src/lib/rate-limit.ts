/**
 * How much is left of the window in which this page's calls are counted, as the last answer said.
 *
 * The API writes `RateLimit-Policy: "web";q=600;w=900` and `RateLimit: "web";r=590;t=412`: a person's own window in this
 * application, or with the name `organisation` the one that an organisation shares. What pages read again and again is
 * counted in a third, larger window, which nobody needs to know of.
 */

export interface RateLimit {
  /** Whether the whole organisation is counted together; otherwise it is the person alone. */
  isShared: boolean;
  /** Requests that there may be in the window. */
  quota: number;
  windowSeconds: number;
  remaining: number;
  /** Seconds from `at` until there is one more. */
  resetSeconds: number;
  at: Date;
}

const SHARED = "organisation";
const OWN = "web";

/** The numbers that a header names for each policy: `{"organisation": {q: 100, w: 900}}`. */
function numbersOf(header: string | null): Map<string, Record<string, number>> {
  const items = (header?.split(",") ?? []).map((item) => item.trim().split(";"));
  return new Map(
    items.map(([name = "", ...members]) => {
      const pairs = members.map((member) => member.split("=")).map(([key, value]) => [key, Number(value)] as const);
      return [name.replaceAll('"', ""), Object.fromEntries(pairs)];
    }),
  );
}

/** What an answer says of a window; undefined when it does not, or not in numbers. */
export function readRateLimit(headers: Headers, at: Date): RateLimit | undefined {
  const policies = numbersOf(headers.get("RateLimit-Policy"));
  const standings = numbersOf(headers.get("RateLimit"));
  const name = policies.has(SHARED) ? SHARED : OWN;
  const policy = policies.get(name);
  const now = standings.get(name);
  if (!policy || !now) return undefined;
  const read = { quota: policy.q, windowSeconds: policy.w, remaining: now.r, resetSeconds: now.t };
  const { quota, windowSeconds, remaining, resetSeconds = 0 } = read;
  if (!isCount(quota) || !isCount(windowSeconds) || !isCount(remaining) || !isCount(resetSeconds)) return undefined;
  return { isShared: name === SHARED, quota, windowSeconds, remaining, resetSeconds, at };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

let latest: RateLimit | undefined;
const listeners = new Set<() => void>();

/** Keep what this answer says, if it says anything of a window. */
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
