import { freePort, startStack } from "./stack";
import { startStripe } from "./stripe";

/**
 * One stack for all tests that do not disturb each other. It sells credits; it may send webhooks to one address on this
 * machine, and tries each twice, a second apart. It reports errors to another.
 *
 * E2E_GIVEN names a stack that runs already, as E2E_STACK is written: whoever starts a single spec on it (the gates in
 * tests/gates) has all of it, and may stop its processes.
 */
export default async function startSharedStack(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.E2E_GIVEN) {
    process.env.E2E_STACK = process.env.E2E_GIVEN;
    return undefined;
  }
  const receiver = `127.0.0.1:${await freePort()}`;
  const stripe = await startStripe();
  const hooks = { NEXUS_WEBHOOK_ALLOWED_HOSTS: receiver, NEXUS_WEBHOOK_RETRY_SECONDS: "1" };
  const sentry = { NEXUS_SENTRY_DSN: `http://public@127.0.0.1:${await freePort()}/7` };
  const stack = await startStack({ ...stripe.settings, ...hooks, ...sentry }).catch((error: unknown) => {
    stripe.stop();
    throw error;
  });
  process.env.E2E_RECEIVER = receiver;
  process.env.E2E_SENTRY = sentry.NEXUS_SENTRY_DSN;
  process.env.E2E_STACK = JSON.stringify({ dataDir: stack.dataDir, supervisor: stack.supervisor });
  return async () => {
    stripe.stop();
    await stack.stop();
  };
}
