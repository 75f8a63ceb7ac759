// @vitest-environment node
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { pageFault, serverFault } from "./faults";
import { letIn } from "./gateway";
import { type Fault, Reporter } from "./sentry";
import { seal } from "./session";
import { FakeApi } from "./testing/api";
import { Browser, ORIGIN, settingsFor } from "./testing/browser";

type Event = Record<string, unknown> & { exception: { values: [{ type: string; stacktrace: { frames: unknown[] } }] } };

/** A stand-in for Sentry: takes envelopes as its protocol writes them (https://develop.sentry.dev/sdk/envelopes/). */
class Sentry {
  raw = "";
  events: Event[] = [];
  asked: string[] = [];

  constructor(readonly server: Server) {}

  static async start(): Promise<Sentry> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const text = Buffer.concat(parts).toString();
        sentry.asked.push(request.url ?? "");
        sentry.raw += text;
        const [, head, payload] = text.split("\n");
        if ((JSON.parse(head ?? "") as { type: string }).type === "event") sentry.events.push(JSON.parse(payload ?? ""));
        response.end("{}");
      });
    });
    const sentry = new Sentry(server);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return sentry;
  }

  get dsn(): string {
    return `http://public@127.0.0.1:${(this.server.address() as AddressInfo).port}/7`;
  }
}

let api: FakeApi;
let sentry: Sentry;
let lines: string[];

beforeEach(async () => {
  [api, sentry] = await Promise.all([FakeApi.start(), Sentry.start()]);
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  sentry.server.closeAllConnections();
  sentry.server.close();
  return api.stop();
});

async function visitor(): Promise<Browser> {
  return Browser.signedIn(api, settingsFor(api, { SENTRY_DSN: sentry.dsn, SENTRY_ENVIRONMENT: "trial" }));
}

function tells(browser: Browser, body: BodyInit): Promise<Response> {
  return letIn(browser.request("", { method: "POST", body }), browser.settings, "r1", pageFault);
}

type Whose = { signedIn?: boolean; origin?: string };
const WORDS = "the customer's words\n    at told (/secret/place.js:1:2)";

test("an error of this server reaches Sentry with whose it was and where, and without its words", async () => {
  const browser = await visitor();
  await serverFault(new TypeError(WORDS), browser.request("x"), "/[org]/jobs/[id]", browser.settings);
  await vi.waitFor(() => expect(sentry.events).toHaveLength(1));

  const { user, organisation } = (await browser.session())!;
  const [event] = sentry.events;
  expect(event).toMatchObject({
    level: "error",
    environment: "trial",
    transaction: "web /[org]/jobs/[id]",
    user: { id: user.id },
    contexts: { organisation: { id: organisation.id } },
    tags: { process: "web", side: "server", route: "/[org]/jobs/[id]", method: "GET", organisation_id: organisation.id },
  });
  const [told] = event!.exception.values;
  expect(told.type).toBe("TypeError");
  expect(told.stacktrace.frames.at(-1)).toMatchObject({ filename: expect.stringContaining("faults.test.ts") });
  expect(sentry.asked[0]).toMatch(/^\/api\/7\/envelope\/\?.*sentry_key=public/);
  for (const secret of ["customer", "secret", browser.cookie!, user.email, organisation.name]) {
    expect(sentry.raw + lines.join("")).not.toContain(secret);
  }
  expect(JSON.parse(lines[0]!)).toMatchObject({ event: "page.failed", error: "TypeError", user_id: user.id, process: "web" });
});

test("an error of a page is told with the places in our own scripts, in the words of any browser", async () => {
  const browser = await visitor();
  const chrome = `TypeError: ${ORIGIN}/_next/static/words\n    at b (https://elsewhere.test/x.js:1:2)
    at Object.onClick (${ORIGIN}/_next/static/chunks/a.js?secret=1:1:234)\n    at ${ORIGIN}/acme/jobs/77:1:9`;
  const firefox = `onClick@${ORIGIN}/_next/static/chunks/a.js:1:234\nthe customer's words@${ORIGIN}/_next/static/b.js:5:6\n`;
  expect((await tells(browser, JSON.stringify({ name: "TypeError", stack: chrome }))).status).toBe(204);
  expect((await tells(browser, JSON.stringify({ name: "the customer's words", stack: firefox }))).status).toBe(204);
  await vi.waitFor(() => expect(sentry.events).toHaveLength(2));

  const places = sentry.events.map((one) => one.exception.values[0].stacktrace.frames);
  const click = { filename: "/_next/static/chunks/a.js", lineno: 1, colno: 234, in_app: true };
  expect(places).toEqual([
    [{ ...click, function: "Object.onClick" }],
    [{ filename: "/_next/static/b.js", function: "?", lineno: 5, colno: 6, in_app: true }, { ...click, function: "onClick" }],
  ]);
  expect(sentry.events[0]).toMatchObject({ transaction: "web browser", tags: { side: "browser", request_id: "r1" } });
  for (const secret of ["customer", "elsewhere", "secret", "acme"]) expect(sentry.raw + lines.join("")).not.toContain(secret);
});

test.each([
  ["nobody signed in", { signedIn: false }, '{"name":"E","stack":""}', 401],
  ["a foreign page", { origin: "https://elsewhere.test" }, '{"name":"E","stack":""}', 403],
  ["no JSON", {}, "{", 422],
  ["not what is asked for", {}, '{"name":7}', 422],
  ["too much", {}, JSON.stringify({ name: "E", stack: "x".repeat(20_000) }), 422],
])("a page's word is not taken from %s", async (_, { signedIn = true, origin = ORIGIN }: Whose, body, status) => {
  const browser = await visitor();
  if (!signedIn) browser.cookie = null;
  const request = browser.request("", { method: "POST", headers: { origin }, body });
  expect((await letIn(request, browser.settings, "r1", pageFault)).status).toBe(status);
  expect([sentry.events, lines]).toEqual([[], []]);
});

test("one kind of error is told five times a minute, and no more than sixty of all", async () => {
  const reporter = new Reporter(sentry.dsn, "trial");
  const fault = (name: string): Fault => ({ side: "server", name, frames: [], facts: {} });
  for (let time = 0; time < 9; time++) reporter.tell(fault("TypeError"), null);
  await vi.waitFor(() => expect(sentry.events).toHaveLength(5));
  for (let kind = 0; kind < 90; kind++) {
    reporter.tell(fault(`Error${kind}`), null);
    await vi.waitFor(() => expect(sentry.events).toHaveLength(Math.min(60, 6 + kind)));
  }
});

test("without a DSN there is a log line and nothing else; with a wrong one nothing starts", async () => {
  const browser = await Browser.signedIn(api);
  await serverFault("no error at all", browser.request("x"), "/", browser.settings);
  expect(lines).toHaveLength(1);
  expect(() => settingsFor(api, { SENTRY_DSN: "https://sentry.test/7" })).toThrow("SENTRY_DSN: give the DSN");
});

test("a person's pages report a few errors a minute, and nobody else's wait for them", async () => {
  const [browser, other] = [await visitor(), await visitor()];
  const session = (await other.session())!;
  other.cookie = await seal({ ...session, user: { ...session.user, id: crypto.randomUUID() } }, other.settings);
  const told = JSON.stringify({ name: "TypeError", stack: "" });

  const answers = await Promise.all(Array.from({ length: 300 }, () => tells(browser, told)));
  const refused = answers.filter(({ status }) => status === 429);

  expect(answers.length - refused.length).toBeLessThanOrEqual(10);
  expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(10);
  expect((await tells(other, told)).status).toBe(204);
});
