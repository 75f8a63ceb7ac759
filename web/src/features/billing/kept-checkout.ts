/** The checkout that this tab began, for when its buyer comes back. */
import { type Checkout, checkoutShape } from "@/hooks/billing";
import { forget, keep, kept } from "@/lib/kept";

const nameOf = (organisationId: string) => `checkout:${organisationId}`;

export function keepCheckout(organisationId: string, checkout: Checkout): void {
  keep(nameOf(organisationId), checkout);
}

/** What was kept; else a checkout of which only the time of coming back is known. */
export function keptCheckout(organisationId: string): Checkout {
  return kept(nameOf(organisationId), checkoutShape) ?? { seq: null, at: Date.now(), credits: null };
}

export function forgetCheckout(organisationId: string): void {
  forget(nameOf(organisationId));
}
