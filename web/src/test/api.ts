/**
 * The wire, for tests: a real HTTP server on loopback in place of `/api/nexus`. What is not said is 404.
 *
 *     const api = serveApi();
 *     api.answer("GET /v1/credits", { balance: 80, debt: 0, as_of: "2026-11-20T14:00:00Z" });
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach } from "vitest";

import { client as clientV1 } from "@/api/generated/v1/client.gen";
import { client as clientV2 } from "@/api/generated/v2/client.gen";
import { forgetRateLimit } from "@/lib/rate-limit";

export interface Asked {
  route: string;
  search: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
}

type Say = (asked: Asked) => Answer | Promise<Answer>;

export interface Api {
  /** Answer a route with 200 and this body. */
  answer: (route: string, body: unknown, headers?: Record<string, string>) => void;
  /** Refuse a route with a problem document. */
  refuse: (route: string, status: number, code: string, facts?: Record<string, unknown>, headers?: Record<string, string>) => void;
  /** Answer a route as a function says. */
  say: (route: string, say: Say) => void;
  /** Break every connection, or none any more. */
  away: (isAway: boolean) => void;
  /** What was asked so far; of one route if it is named. */
  asked: (route?: string) => Asked[];
}

export const REQUEST_ID = "019f9b1c7a5e7c0e8d2f4b6a8c0e1d3f";

export function serveApi(): Api {
  const state = { routes: new Map<string, Say>(), asked: [] as Asked[], isAway: false };
  const server = createServer((request, response) => void serve(state, request, response));
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    clientV1.setConfig({ baseUrl });
    clientV2.setConfig({ baseUrl });
  });
  beforeEach(() => {
    state.routes.clear();
    state.asked.length = 0;
    state.isAway = false;
    sessionStorage.clear();
    forgetRateLimit();
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return {
    answer: (route, body, headers = {}) => state.routes.set(route, () => ({ body, headers })),
    refuse: (route, status, code, facts = {}, headers = {}) => state.routes.set(route, () => ({ status, body: problem(status, code, facts), headers })),
    say: (route, say) => state.routes.set(route, say),
    away: (isAway) => {
      state.isAway = isAway;
    },
    asked: (route) => state.asked.filter((one) => route === undefined || one.route === route),
  };
}

/** A problem document as the API writes them. */
export function problem(status: number, code: string, facts: Record<string, unknown> = {}) {
  const words = { type: `urn:nexus:error:${code}`, title: code, detail: `The API's sentence for ${code}.` };
  return { ...words, status, code, request_id: REQUEST_ID, ...facts };
}

async function serve(state: { routes: Map<string, Say>; asked: Asked[]; isAway: boolean }, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const asked = { route: `${request.method} ${url.pathname}`, search: url.searchParams, headers: request.headers, body: await bodyOf(request) };
  state.asked.push(asked);
  if (state.isAway) return request.socket.destroy();
  const notFound: Say = () => ({ status: 404, body: problem(404, "not_found") });
  const { status = 200, headers = {}, body } = await (state.routes.get(asked.route) ?? notFound)(asked);
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "Content-Type": type, "X-Request-ID": REQUEST_ID, Connection: "close", ...headers });
  response.end(status === 204 ? undefined : typeof body === "string" ? body : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
