import type { Metadata } from "next";

import { Billing } from "@/features/billing/Billing";
import { settings } from "@/server/settings";

export const metadata: Metadata = { title: "Billing" };

export default function BillingPage() {
  return <Billing stripeBase={settings().stripeBase ?? null} />;
}
