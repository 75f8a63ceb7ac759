"use client";

import { RateLimitPanel } from "@/features/dashboard/RateLimitPanel";
import { DeletionPanel } from "@/features/settings/DeletionPanel";
import { ExportPanel } from "@/features/settings/ExportPanel";
import { FactsPanel } from "@/features/settings/FactsPanel";
import { GeneralPanel } from "@/features/settings/GeneralPanel";
import { SignOutEverywhere } from "@/features/account/SignOutEverywhere";
import { AdminOnly } from "@/features/shell/AdminOnly";
import { Card } from "@/ui/Card";
import { PageHeader } from "@/ui/PageHeader";

/** What an admin may change of the organisation, and what only the operator may. */
export function Settings() {
  return (
    <>
      <PageHeader title="Settings" note="Of your organisation" />
      <AdminOnly doing="change settings">
        <div className="grid items-start gap-4 lg:grid-cols-3">
          <div className="flex min-w-0 flex-col gap-4 lg:col-span-2">
            <GeneralPanel />
            <ExportPanel />
            <DeletionPanel />
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            <FactsPanel />
            <RateLimitPanel />
            <Card title="Security" note="If one of your devices was lost, or you are not sure.">
              <SignOutEverywhere />
            </Card>
          </div>
        </div>
      </AdminOnly>
    </>
  );
}
