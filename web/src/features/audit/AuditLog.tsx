"use client";

import { parseAsString, useQueryStates } from "nuqs";

import { AuditPanel } from "@/features/audit/AuditPanel";
import { ExportButtons } from "@/features/audit/ExportButtons";
import { AdminOnly } from "@/features/shell/AdminOnly";
import type { AuditFilter } from "@/hooks/audit";
import { useMe } from "@/hooks/me";
import { PageHeader } from "@/ui/PageHeader";

const ACTION = /^[a-z_]+\.[a-z_]+$/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Who did what. The filters stand in the address; what is no filter there is left out. */
export function AuditLog() {
  const { isAdmin } = useMe();
  const [asked, setAsked] = useQueryStates({ action: parseAsString, who: parseAsString });
  const filter: AuditFilter = {
    action: asked.action && ACTION.test(asked.action) ? asked.action : undefined,
    user_id: asked.who && ID.test(asked.who) ? asked.who : undefined,
  };
  const change = (next: AuditFilter) => void setAsked({ action: next.action ?? null, who: next.user_id ?? null });
  return (
    <>
      <PageHeader
        title="Audit log"
        note="Every sign-in and every change: who did it, to what, when, and by which request"
        actions={isAdmin && <ExportButtons filter={filter} />}
      />
      <AdminOnly doing="read the audit log">
        <AuditPanel filter={filter} onFilter={change} />
      </AdminOnly>
    </>
  );
}
