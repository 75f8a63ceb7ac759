import { freePort, startStack } from "./stack";

/**
 * One stack for all tests that do not disturb each other. It may send webhooks to one address on this machine, and
 * tries each twice, a second apart.
 */
export default async function startSharedStack(): Promise<() => Promise<void>> {
  const receiver = `127.0.0.1:${await freePort()}`;
  const stack = await startStack({ NEXUS_WEBHOOK_ALLOWED_HOSTS: receiver, NEXUS_WEBHOOK_RETRY_SECONDS: "1" });
  process.env.E2E_RECEIVER = receiver;
  process.env.E2E_STACK = JSON.stringify({ dataDir: stack.dataDir, supervisor: stack.supervisor });
  return () => stack.stop();
}
