import { startStack } from "./stack";
import { startStripe } from "./stripe";

/** One stack for all tests that do not disturb each other. It sells credits. */
export default async function startSharedStack(): Promise<() => Promise<void>> {
  const stripe = await startStripe();
  const stack = await startStack(stripe.settings).catch((error: unknown) => {
    stripe.stop();
    throw error;
  });
  process.env.E2E_STACK = JSON.stringify({ dataDir: stack.dataDir, supervisor: stack.supervisor });
  return async () => {
    stripe.stop();
    await stack.stop();
  };
}
