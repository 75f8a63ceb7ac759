import { startStack } from "./stack";

/** One stack for all tests that do not disturb each other. */
export default async function startSharedStack(): Promise<() => Promise<void>> {
  const stack = await startStack();
  process.env.E2E_STACK = JSON.stringify({ dataDir: stack.dataDir, supervisor: stack.supervisor });
  return () => stack.stop();
}
