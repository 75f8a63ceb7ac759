/** What becomes of an error that nobody foresaw: a log line, and a report to Sentry where there is one. */
import { z } from "zod";

import { cookieName, readCookie } from "./cookies";
import { bodyOf, type Outcome, type Visit } from "./gateway";
import { log } from "./log";
import { problem } from "./problem";
import { secondsUntilReport } from "./report-limit";
import { type Fault, framesOf, plain, Reporter } from "./sentry";
import { type Identity, unseal } from "./session";
import type { Settings } from "./settings";

const FAULT_BYTES = 16_000;
const OURS = "/_next/static/";

const Told = z.object({ name: z.string(), stack: z.string() });

const reporters = new WeakMap<Settings, Reporter>();

/** An error of this server, of the page or call at `route`, as its file is called: `/[org]/jobs/[id]`. */
export async function serverFault(error: unknown, request: Request, route: string, settings: Settings): Promise<void> {
  const { name, message, stack = "" } = error instanceof Error ? error : new Error();
  const who = await unseal(readCookie(request, cookieName(settings, "session-token")), settings);
  const facts = { route, method: request.method };
  tell({ side: "server", name: plain(name), frames: framesOf(afterWords(stack, message)), facts }, who, settings);
}

/** An error of one of our pages, as the browser tells it. What is not a place in our own scripts is left out. */
export async function pageFault(visit: Visit): Promise<Outcome> {
  const seconds = secondsUntilReport(visit.session.user.id);
  if (seconds > 0) return { answer: problem("rate_limited", visit.requestId, { retry_after: seconds }) };
  const body = await bodyOf(visit.request, FAULT_BYTES);
  const told = Told.safeParse(body instanceof Uint8Array ? parsed(body) : null);
  if (!told.success) return { answer: problem("invalid_request", visit.requestId) };
  const { name, stack } = told.data;
  const { origin } = visit.settings;
  const frames = framesOf(stack)
    .filter(({ filename }) => filename?.startsWith(origin + OURS))
    .map((one) => ({ ...one, filename: one.filename?.slice(origin.length), in_app: true }));
  const facts = { request_id: visit.requestId };
  tell({ side: "browser", name: plain(name), frames, facts }, visit.session, visit.settings);
  return { answer: new Response(null, { status: 204, headers: { "Cache-Control": "no-store" } }) };
}

function tell(fault: Fault, who: Identity | null, settings: Settings): void {
  const { side, name, frames, facts } = fault;
  const at = frames.at(-1);
  log("error", "page.failed", {
    side,
    error: name,
    ...(at && { at: `${at.filename}:${at.lineno}:${at.colno}` }),
    ...facts,
    ...(who && { org_id: who.organisation.id, user_id: who.user.id }),
  });
  reporterOf(settings)?.tell(fault, who);
}

function reporterOf(settings: Settings): Reporter | undefined {
  if (settings.sentryDsn === undefined) return undefined;
  const made = reporters.get(settings) ?? new Reporter(settings.sentryDsn, settings.environment);
  reporters.set(settings, made);
  return made;
}

/** A stack without the error's own words, which may stand over many lines and look like anything. */
function afterWords(stack: string, message: string): string {
  const at = stack.indexOf(message);
  return at < 0 ? stack : stack.slice(at + message.length);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return null;
  }
}
