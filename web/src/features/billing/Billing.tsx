"use client";

import { BalanceCard } from "@/features/billing/BalanceCard";
import { CheckoutReturn } from "@/features/billing/CheckoutReturn";
import { LedgerPanel } from "@/features/billing/LedgerPanel";
import { PacksPanel } from "@/features/billing/PacksPanel";
import { useCreditSource } from "@/hooks/packs";
import { useMe } from "@/hooks/me";
import { PageHeader } from "@/ui/PageHeader";

/** Credits: how many there are, buying more, and every one that came or went. `stripeBase` is a Stripe on this machine. */
export function Billing({ stripeBase }: { stripeBase: string | null }) {
  const { isAdmin } = useMe();
  const isSold = useCreditSource()?.from === "packs";
  return (
    <>
      <PageHeader title="Billing" note={isAdmin && isSold ? "Buy credits, and see where they went" : "Your organisation's credits, and where they went"} />
      <CheckoutReturn />
      <div className="grid gap-4 lg:grid-cols-3">
        <BalanceCard className={isAdmin ? "" : "lg:col-span-3"} />
        {isAdmin && <PacksPanel className="lg:col-span-2" stripeBase={stripeBase} />}
      </div>
      <LedgerPanel />
    </>
  );
}
