/** The words for a platform of which parts are away: what that means for those who use it. */
import type { Health } from "@/api/health";

/** What is known: an answer of the API, that it gives none, or that not even this page's own server does. */
export type Seen = { health: Health } | "no_api" | "no_server";

export type PartState = "ok" | "unavailable" | "unknown";

export interface Part {
  name: string;
  state: PartState;
  detail: string;
}

const FINE = {
  web: "Serves this page.",
  api: "Takes requests.",
  database: "PostgreSQL: everything that must not be lost.",
  redis: "Redis: the cache of results, the queue's doorbell, and the count of requests.",
} as const;

const AWAY = {
  web: "This page shows nothing new until it is back.",
  api: "Nothing can be read or asked for. What was accepted is kept, and goes on by itself.",
  database: "Nothing can be read or asked for until it is back. Nothing that was accepted is lost.",
  redis: "Redis does not answer. Work goes on from the database: jobs may begin some seconds later, nothing is answered from the cache, and limits are counted less exactly.",
  unknown: "Not known at the moment.",
} as const;

/** All parts, as far as they can be seen from here. */
export function partsOf(seen: Seen): Part[] {
  const part = (name: string, key: keyof typeof FINE, state: PartState): Part => ({
    name,
    state,
    detail: state === "ok" ? FINE[key] : state === "unavailable" ? AWAY[key] : AWAY.unknown,
  });
  const health = typeof seen === "object" ? seen.health : undefined;
  return [
    part("Web application", "web", seen === "no_server" ? "unavailable" : "ok"),
    part("API", "api", health ? "ok" : seen === "no_api" ? "unavailable" : "unknown"),
    part("Database", "database", health?.database ?? "unknown"),
    part("Cache and queue", "redis", health?.redis ?? "unknown"),
  ];
}

/** The platform in one line. */
export function summaryOf(seen: Seen): { tone: "good" | "warn" | "bad"; title: string; detail: string } {
  if (seen === "no_server") return { tone: "bad", title: "Can't reach the server", detail: "Is this device online? It is asked again every 10 seconds." };
  if (seen === "no_api") return { tone: "bad", title: "The API does not answer", detail: "It is asked again every 10 seconds." };
  const { health } = seen;
  if (health.database !== "ok") return { tone: "bad", title: "The platform is down", detail: "The database cannot be reached." };
  if (health.redis !== "ok") return { tone: "warn", title: "Degraded: the cache and queue are unavailable", detail: "Work goes on, some of it slower." };
  return { tone: "good", title: "Everything works", detail: "All parts answer." };
}
