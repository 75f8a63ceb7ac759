/** The real platform under test: `nexus up` on free ports, with its data in a temporary folder. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

export const REPOSITORY = resolve(import.meta.dirname, "../..");
const START_SECONDS = 120;
const STOP_SECONDS = 30;
const OUT_OF_REACH = "100000"; // calls in a window: a test that wants the limit sets one for its own organisation

const run = promisify(execFile);

type RunFile = { api: string[]; web: string; idp: string; log_dir: string; pids: { api: number[]; worker: number[]; web: number } };

/** A stack that runs; `supervisor` is the process id of `nexus up`. */
export class Stack {
  constructor(
    readonly dataDir: string,
    readonly supervisor: number,
  ) {}

  /** What `run.json` says now. */
  get run(): RunFile {
    return JSON.parse(readFileSync(join(this.dataDir, "run.json"), "utf8")) as RunFile;
  }

  /** Where people open the application. */
  get web(): string {
    return this.run.web;
  }

  /** The address of the API. */
  get api(): string {
    return this.run.api[0] ?? "";
  }

  /** Run `nexus …` against this stack; what it printed. */
  async nexus(...args: string[]): Promise<string> {
    const { stdout } = await run(python(), ["-m", "nexus.cli", ...args], {
      cwd: this.dataDir,
      env: environment({ NEXUS_DATA_DIR: this.dataDir }),
    });
    return stdout.trim();
  }

  /** Give an organisation credits, as the operator does. */
  async grant(organisation: string, amount: number): Promise<void> {
    await this.nexus("credits", "grant", "--organisation", organisation, "--amount", String(amount), "--reason", "A test.");
  }

  /** Give an organisation a rate limit of its own. */
  async limit(organisation: string, calls: number): Promise<void> {
    await this.nexus("rate-limit", "set", "--organisation", organisation, "--limit", String(calls));
  }

  /** An access token for somebody, by the real sign-in; they join or make the organisation of their domain. */
  async token(email: string): Promise<string> {
    const { id_token } = await post<{ id_token: string }>(`${this.run.idp}/dev/id-token`, { email });
    return (await post<{ access_token: string }>(`${this.api}/v1/auth/google`, { id_token })).access_token;
  }

  /** Call the API with a token, beside the browser. Throws for a refusal. */
  async call<Answer>(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
    return ask<Answer>(`${this.api}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Stop the API, and hold the supervisor so that it does not start it again. Only for a stack of one's own. */
  stopApi(): void {
    process.kill(this.supervisor, "SIGSTOP");
    for (const pid of this.run.pids.api) process.kill(pid, "SIGKILL");
  }

  /** Let the supervisor start the API again, and wait for it. */
  async startApi(): Promise<void> {
    process.kill(this.supervisor, "SIGCONT");
    await until(() => answers(`${this.api}/health`), START_SECONDS, "the API");
  }

  /** Freeze the API (it takes connections and says nothing) or the workers (they do nothing). Only for a stack of one's own. */
  freeze(what: "api" | "worker"): void {
    for (const pid of this.run.pids[what]) process.kill(pid, "SIGSTOP");
  }

  /** Let them go on. */
  thaw(what: "api" | "worker"): void {
    for (const pid of this.run.pids[what]) process.kill(pid, "SIGCONT");
  }

  /** Stop everything and delete the data. */
  async stop(): Promise<void> {
    for (const signal of ["SIGCONT", "SIGTERM"]) if (alive(this.supervisor)) process.kill(this.supervisor, signal);
    await until(async () => !alive(this.supervisor), STOP_SECONDS, "the end of the stack");
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Start a stack. `settings` are NEXUS_* settings over those of a test; `webPort` is any free one unless given. */
export async function startStack(settings: Record<string, string> = {}, webPort?: number): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), "nexus-web-"));
  const [api, web, idp] = [await freePort(), webPort ?? (await freePort()), await freePort()];
  const ports = [`--api-port=${api}`, `--web-port=${web}`, `--idp-port=${idp}`];
  const child = spawn(python(), ["-m", "nexus.cli", "up", `--data-dir=${dataDir}`, ...ports], {
    cwd: dataDir,
    env: environment({ NEXUS_RATE_LIMIT: OUT_OF_REACH, NEXUS_WEB_RATE_LIMIT: OUT_OF_REACH, NEXUS_STATUS_RATE_LIMIT: OUT_OF_REACH, ...settings }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (part: Buffer) => (said += part.toString()));
  child.unref();
  const up = async () => {
    if (child.exitCode !== null) throw new Error(`nexus up ended:\n${said}`);
    return existsSync(join(dataDir, "run.json"));
  };
  await until(up, START_SECONDS, "nexus up");
  return new Stack(dataDir, child.pid ?? 0);
}

/** Wait until something is so. */
export async function until(so: () => Promise<boolean>, seconds: number, what: string): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (await so()) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`Waited ${seconds} s for ${what}.`);
}

export function python(): string {
  return process.env.NEXUS_PYTHON ?? join(REPOSITORY, ".venv/bin/python");
}

export function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("NEXUS_"));
  return { ...Object.fromEntries(others), PYTHONPATH: REPOSITORY, NODE_ENV: "production", ...settings };
}

/** A port of loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then((answer) => answer.ok, () => false);
}

function post<Answer>(url: string, body: unknown): Promise<Answer> {
  return ask<Answer>(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function ask<Answer>(url: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method} ${url} answered ${answer.status}: ${text}`);
  return (text ? JSON.parse(text) : null) as Answer;
}
