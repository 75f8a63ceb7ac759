/** Stripe's stand-in, which speaks its wire format: the one that the back end's own tests buy from. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { environment, freePort, python, REPOSITORY } from "./stack";

const START_SECONDS = 60;

export class Stripe {
  constructor(
    readonly url: string,
    /** The settings of a platform that sells with it. */
    readonly settings: Record<string, string>,
    private readonly child: ChildProcess,
  ) {}

  stop(): void {
    this.child.kill("SIGTERM");
  }
}

/** Bring the event of a payment to an API, as Stripe does some time after its buyer has left. */
export async function tellOfPayment(payPage: string, api: string): Promise<void> {
  const { origin, pathname } = new URL(payPage);
  const told = await fetch(`${origin}${pathname.replace("/pay/", "/tell/")}?api=${encodeURIComponent(api)}`, { method: "POST" });
  if (!told.ok) throw new Error(`The API did not take the event: ${told.status}`);
}

/** Start it; it prints its settings, and then serves. */
export async function startStripe(): Promise<Stripe> {
  const port = await freePort();
  const child = spawn(python(), ["-m", "tests.payments.serve", `--port=${port}`], {
    cwd: REPOSITORY,
    env: environment({}),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((read, failed) => {
    const timer = setTimeout(() => failed(new Error("Stripe's stand-in did not start.")), START_SECONDS * 1000);
    child.once("exit", (code) => failed(new Error(`Stripe's stand-in ended with ${code}.`)));
    createInterface({ input: child.stdout }).once("line", (said) => {
      clearTimeout(timer);
      read(said);
    });
  });
  return new Stripe(`http://127.0.0.1:${port}`, JSON.parse(line) as Record<string, string>, child);
}
