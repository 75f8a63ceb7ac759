"use client";

import type { ReactNode } from "react";

import { useOrganisation } from "@/hooks/organisation";
import { count } from "@/lib/format";
import { CopyButton } from "@/ui/CopyButton";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";

/** What cannot be changed here, and who can. */
export function FactsPanel() {
  return (
    <Panel title="Organisation" reading={useOrganisation()} skeleton={<SkeletonRows rows={3} />}>
      {({ id, domain, rate_limit }) => (
        <dl className="flex flex-col gap-3">
          <Fact name="Domain" note="Comes from the accounts that sign in.">
            {domain ?? "None"}
          </Fact>
          <Fact name="Rate limit" note="Set by the operator of this platform.">
            {count(rate_limit, "request")} in a window
          </Fact>
          <Fact name="Id" note="The operator asks for it.">
            <span className="flex items-center gap-1">
              <code className="min-w-0 truncate font-mono text-xs">{id}</code>
              <CopyButton text={id} label="Copy the organisation's id" />
            </span>
          </Fact>
        </dl>
      )}
    </Panel>
  );
}

export function Fact({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd dir="auto" className="font-medium break-words">
        {children}
      </dd>
      {note && <dd className="text-sm text-muted">{note}</dd>}
    </div>
  );
}
