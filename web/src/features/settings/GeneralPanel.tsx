"use client";

import { SettingsForm } from "@/features/settings/SettingsForm";
import { useOrganisation } from "@/hooks/organisation";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

/** Name, who joins by domain, and whether answers are kept. */
export function GeneralPanel() {
  return (
    <Panel
      title="General"
      reading={useOrganisation()}
      asker={{ doing: "change settings" }}
      skeleton={
        <div className="flex flex-col gap-4">
          <Skeleton className="h-9" />
          <Skeleton className="h-9" />
          <Skeleton className="h-9 w-32" />
        </div>
      }
    >
      {(organisation) => <SettingsForm organisation={organisation} />}
    </Panel>
  );
}
