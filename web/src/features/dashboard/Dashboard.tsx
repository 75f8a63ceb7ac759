"use client";

import { Play } from "lucide-react";

import { BalancePanel } from "@/features/dashboard/BalancePanel";
import { FirstSteps } from "@/features/dashboard/FirstSteps";
import { RateLimitPanel } from "@/features/dashboard/RateLimitPanel";
import { RecentJobs } from "@/features/dashboard/RecentJobs";
import { SpendPanel } from "@/features/dashboard/SpendPanel";
import { TransactionsPanel } from "@/features/dashboard/TransactionsPanel";
import { useMe } from "@/hooks/me";
import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";

/** How the organisation stands: its credits, where they went, what was done. Each panel reads and fails for itself. */
export function Dashboard() {
  const { organisation, slug } = useMe();
  const run = (
    <ButtonLink kind="primary" href={`/${slug}/playground`}>
      <Play aria-hidden />
      Run
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title={organisation.name} note="Credits, work and limits of your organisation" actions={run} />
      <FirstSteps />
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-3">
        <div className="flex flex-col gap-4">
          <BalancePanel />
          <RateLimitPanel />
        </div>
        <SpendPanel className="lg:col-span-2" />
      </div>
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
        <TransactionsPanel />
        <RecentJobs />
      </div>
    </>
  );
}
