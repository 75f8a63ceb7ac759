/** Where a browser may be sent to pay. */
import { ApiError } from "@/lib/api";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * The address of Stripe's page if a buyer may go there: https, or the Stripe that is configured on this very machine.
 * Throws `bad_response` for anything else, so that no answer can lead a buyer to a script or to an open network.
 */
export function checkoutAddress(address: string, stripeBase: string | null): string {
  if (!URL.canParse(address)) throw refused();
  const url = new URL(address);
  const isOurs = stripeBase !== null && url.origin === new URL(stripeBase).origin && LOOPBACK.has(url.hostname);
  if (url.protocol !== "https:" && !isOurs) throw refused();
  return url.href;
}

function refused(): ApiError {
  return new ApiError("bad_response", 201, "This is no address to pay at.");
}
