/** A server on loopback that speaks the API's shapes: tokens that expire, refresh tokens that are spent. For tests. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const USER = { id: "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f", email: "ann@acme.test", name: "Ann", role: "admin" };
const ACME = { id: "019f9b1c-7a59-715a-a63f-23b61ad0b72a", name: "acme.test", domain: "acme.test" };

export type Seen = { method: string; path: string; headers: IncomingMessage["headers"]; body: string };

export class FakeApi {
  readonly seen: Seen[] = [];
  lifeSeconds = 900;
  /** Answers to give instead of the usual ones, by path. */
  readonly instead = new Map<string, (response: ServerResponse, request: Seen) => void>();
  private readonly alive = new Map<string, number>(); // access tokens and when they end
  private refreshToken = "";
  private count = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeApi> {
    const server = createServer();
    const api = new FakeApi(server);
    server.on("request", (request, response) => void api.answer(request, response));
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** A new token pair, as a sign-in or a refresh answers it. */
  pair(organisation = ACME) {
    this.count += 1;
    const access = `access-${this.count}`;
    this.alive.set(access, Date.now() + this.lifeSeconds * 1000);
    this.refreshToken = `refresh-${this.count}-${randomUUID()}`; // no two servers give the same one
    const tokens = { access_token: access, refresh_token: this.refreshToken, token_type: "Bearer" };
    return { ...tokens, expires_in: this.lifeSeconds, user: USER, organisation };
  }

  /** How often a path was asked for. */
  calls(path: string): number {
    return this.seen.filter((one) => one.path === path).length;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += String(part);
    const seen = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
    this.seen.push(seen);
    const special = this.instead.get(seen.path);
    if (special) return special(response, seen);
    if (seen.path === "/v1/auth/refresh") return this.refresh(response, seen);
    const until = this.alive.get((seen.headers.authorization ?? "").replace("Bearer ", ""));
    if (until === undefined) return refuse(response, 401, "not_signed_in", { reason: "malformed" });
    if (until <= Date.now()) return refuse(response, 401, "not_signed_in", { reason: "expired" });
    if (seen.path === "/v1/invitations/accept") return send(response, 200, this.pair({ ...ACME, domain: "globex.test" }));
    send(response, 200, { said: seen.body, user: USER });
  }

  private refresh(response: ServerResponse, seen: Seen): void {
    const { refresh_token: spent } = JSON.parse(seen.body) as { refresh_token: string };
    // Stricter than the API, which takes a spent token for 15 s: so nothing here passes by its grace.
    if (spent !== this.refreshToken) return refuse(response, 401, "not_signed_in", { reason: "expired" });
    setTimeout(() => send(response, 200, this.pair()), 50);
  }
}

export function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, status: number, code: string, facts: Record<string, unknown> = {}): void {
  const headers = { "Content-Type": "application/problem+json", "X-Request-ID": "of-the-api" };
  const body = { type: `urn:nexus:error:${code}`, title: code, status, detail: code, code, request_id: "of-the-api" };
  response.writeHead(status, headers).end(JSON.stringify({ ...body, ...facts }));
}
