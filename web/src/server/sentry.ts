/**
 * Errors that nobody foresaw, told to Sentry: those of this server, and those of the pages that it serves.
 *
 * An event holds types, places and ids; no words of an error, no header, body, parameter or address. Whoever has no DSN
 * sends nothing. Sending never fails and is never waited for.
 */
import { createStackParser, createTransport, type StackFrame, type StackLineParser } from "@sentry/core";
import { nodeStackLineParser, ServerRuntimeClient } from "@sentry/core/server";

import type { Identity } from "./session";
import { isDsn } from "./settings";

const MINUTE = 60_000; // milliseconds
const MOST_OF_A_KIND = 5; // a minute: an outage makes the same error at every request
const MOST_IN_ALL = 60;
const SEND_SECONDS = 5;
const MOST_FRAMES = 50;
const PLAIN = /^[\w$.<>[\] #/-]{1,120}$/; // a name as a program has it: words that people wrote stay behind

/** An error as it may be told: where it was thrown, and what kind it is. */
export type Fault = {
  side: "server" | "browser";
  name: string;
  frames: StackFrame[];
  facts: Readonly<Record<string, string>>;
};

/** `fn@https://host/file.js:1:2`, as Firefox and Safari write a line of a stack. */
const otherEngines: StackLineParser = [
  90,
  (line) => {
    const found = /^\s*([^@]*)@(\S+?):(\d+):(\d+)$/.exec(line);
    if (!found) return undefined;
    return { function: found[1] || "?", filename: found[2] ?? "", lineno: Number(found[3]), colno: Number(found[4]) };
  },
];
const linesOf = createStackParser(nodeStackLineParser(), otherEngines);

/** The places in a stack; the last is where the error was thrown. */
export function framesOf(stack: string): StackFrame[] {
  return linesOf(stack)
    .slice(-MOST_FRAMES)
    .map(({ filename, function: name, lineno, colno, in_app }) => ({
      ...(filename !== undefined && { filename: filename.split(/[?#]/)[0] }),
      function: plain(name ?? "?"),
      lineno,
      colno,
      in_app,
    }));
}

/** A name if it looks like one of a program's. */
export function plain(name: string): string {
  return PLAIN.test(name) ? name : "?";
}

/** Tells Sentry. Throws for a DSN that is none; later never. */
export class Reporter {
  readonly #client: ServerRuntimeClient;
  #since = 0;
  #taken = new Map<string, number>();

  constructor(dsn: string, environment: string) {
    if (!isDsn(dsn)) throw new Error("This is no DSN.");
    this.#client = new ServerRuntimeClient({
      dsn,
      environment,
      integrations: [],
      stackParser: linesOf,
      platform: "javascript",
      sendClientReports: false,
      transport: (options) =>
        createTransport(options, async ({ body }) => {
          const signal = AbortSignal.timeout(SEND_SECONDS * 1000);
          const answer = await fetch(options.url, { method: "POST", body: body as BodyInit, signal });
          await answer.arrayBuffer(); // so that the connection can be used again
          const limits = answer.headers.get("x-sentry-rate-limits");
          return {
            statusCode: answer.status,
            headers: { "x-sentry-rate-limits": limits, "retry-after": answer.headers.get("retry-after") },
          };
        }),
    });
    this.#client.init();
  }

  /** Tell one fault, unless as many of its kind were told in this minute. */
  tell(fault: Fault, who: Identity | null): void {
    const at = fault.frames.at(-1);
    if (!this.#takes(`${fault.name} ${at?.filename}:${at?.lineno}:${at?.colno}`)) return;
    const organisation = who && { organisation_id: who.organisation.id };
    this.#client.captureEvent({
      level: "error",
      logger: "nexus",
      transaction: `web ${fault.facts.route ?? fault.side}`,
      exception: { values: [{ type: fault.name, value: "", stacktrace: { frames: fault.frames } }] },
      tags: { event: "page.failed", process: "web", side: fault.side, ...fault.facts, ...organisation },
      ...(who && { user: { id: who.user.id }, contexts: { organisation: { id: who.organisation.id } } }),
    });
  }

  #takes(kind: string): boolean {
    if (Date.now() - this.#since > MINUTE) {
      this.#since = Date.now();
      this.#taken.clear();
    }
    const all = [...this.#taken.values()].reduce((sum, one) => sum + one, 0);
    const taken = this.#taken.get(kind) ?? 0;
    if (taken >= MOST_OF_A_KIND || all >= MOST_IN_ALL) return false;
    this.#taken.set(kind, taken + 1);
    return true;
  }
}
