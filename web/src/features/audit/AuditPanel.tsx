"use client";

import { FilterX, ScrollText } from "lucide-react";

import { wordsForAction, wordsForFacts } from "@/features/audit/actions";
import { AuditFilters } from "@/features/audit/AuditFilters";
import { type AuditEvent, type AuditFilter, useAudit } from "@/hooks/audit";
import { usePeople } from "@/hooks/team";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { type Column, DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

type People = ReadonlyMap<string, string>;

interface AuditPanelProps {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}

export function AuditPanel({ filter, onFilter }: AuditPanelProps) {
  const reading = useAudit(filter);
  const people = usePeople();
  const isFiltered = Boolean(filter.action ?? filter.user_id);
  return (
    <div className="flex flex-col gap-3">
      <AuditFilters filter={filter} onFilter={onFilter} people={people} />
      <Panel
        title="Entries"
        note="Kept for as long as your organisation exists. Entries are only ever added."
        padded={false}
        reading={reading}
        asker={{ doing: "read the audit log" }}
        skeleton={<SkeletonRows rows={10} />}
        isEmpty={(rows) => rows.length === 0}
        empty={isFiltered ? <NoneMatch onClear={() => onFilter({})} /> : <NoneYet />}
      >
        {(rows) => <DataTable caption="Audit log" columns={columnsFor(people)} rows={rows} keyOf={(entry) => entry.id} more={reading.more} />}
      </Panel>
    </div>
  );
}

function columnsFor(people: People): readonly Column<AuditEvent>[] {
  return [
    { head: "What", grows: true, cell: (entry) => <What entry={entry} people={people} /> },
    { head: "Who", cell: ({ user_id }) => <Named id={user_id} people={people} nobody="The platform" /> },
    { head: "When", cell: (entry) => <Time at={entry.created_at} /> },
    { head: "From", wideOnly: true, cell: ({ address }) => (address ? <code className="font-mono text-xs">{address}</code> : <Nothing />) },
    { head: "Request", numeric: true, cell: ({ request_id }) => <RequestId id={request_id} /> },
  ];
}

function What({ entry: { action, target, facts, user_id }, people }: { entry: AuditEvent; people: People }) {
  const details = [target !== null && target !== user_id && (people.get(target) ?? target), wordsForFacts(facts)].filter(Boolean).join(" · ");
  return (
    <span className="flex flex-col py-1">
      <span className="font-medium" title={action}>
        {wordsForAction(action)}
      </span>
      {details && (
        <span className="truncate text-sm font-normal text-muted max-sm:wrap-anywhere max-sm:whitespace-normal" title={details}>
          {details}
        </span>
      )}
    </span>
  );
}

/** A person's name; somebody who is not known here any more by their id. */
function Named({ id, people, nobody }: { id: string | null; people: People; nobody: string }) {
  if (id === null) return <span className="text-muted">{nobody}</span>;
  const name = people.get(id);
  return (
    <span className="block max-w-44 truncate" title={id}>
      {name ?? <code className="font-mono text-xs">…{id.slice(-12)}</code>}
    </span>
  );
}

function RequestId({ id }: { id: string | null }) {
  if (id === null) return <Nothing />;
  return (
    <span className="inline-flex items-center gap-1">
      <code className="font-mono text-xs whitespace-nowrap" title={id}>
        …{id.slice(-8)}
      </code>
      <CopyButton text={id} label={`Copy the request id ${id}`} />
    </span>
  );
}

function Nothing() {
  return (
    <span className="text-muted">
      <span aria-hidden>–</span>
      <span className="sr-only">None</span>
    </span>
  );
}

function NoneMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty icon={<FilterX aria-hidden />} title="No entry matches" action={<Button onClick={onClear}>Clear the filters</Button>}>
      Nobody did this, or not this person. Choose another action or person.
    </Empty>
  );
}

function NoneYet() {
  return (
    <Empty icon={<ScrollText aria-hidden />} title="No entries yet">
      Sign-ins, and changes of members, keys, webhooks and settings are entered here as they happen.
    </Empty>
  );
}
