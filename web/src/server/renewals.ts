/**
 * One renewal for each refresh token, however many requests want it at once.
 *
 * The outcome is kept for a moment: requests that left the browser before its new cookie arrived get it too. That moment
 * is shorter than the 15 s for which the API itself takes a spent token.
 */
import { type Renewal, renew } from "./backend";
import type { Settings } from "./settings";

const KEPT_MILLISECONDS = 10_000;

// Each route is bundled by itself; what they share lies where all of them look.
const shared = globalThis as typeof globalThis & { nexusRenewals?: Map<string, Promise<Renewal>> };
const renewals = (shared.nexusRenewals ??= new Map());

/** Renew a session. Throws BackendUnreachable; then the next request tries again. */
export function renewOnce(settings: Settings, refreshToken: string, address: string | null): Promise<Renewal> {
  const running = renewals.get(refreshToken);
  if (running) return running;
  const renewal = renew(settings, refreshToken, address);
  renewals.set(refreshToken, renewal);
  renewal.then(
    () => setTimeout(() => renewals.delete(refreshToken), KEPT_MILLISECONDS).unref(),
    () => renewals.delete(refreshToken),
  );
  return renewal;
}
