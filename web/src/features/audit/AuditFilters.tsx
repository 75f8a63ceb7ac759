"use client";

import { KNOWN_ACTIONS, wordsForAction } from "@/features/audit/actions";
import type { AuditFilter } from "@/hooks/audit";
import { Button } from "@/ui/Button";
import { type Option, Select } from "@/ui/Select";

const ANY = "any";

interface FiltersProps {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
  people: ReadonlyMap<string, string>;
}

/** Which action, which person. What stands in the address and is not among the choices is one of them all the same. */
export function AuditFilters({ filter, onFilter, people }: FiltersProps) {
  const actions = optionsOf("Any action", new Map(KNOWN_ACTIONS.map((action) => [action as string, wordsForAction(action)])), filter.action);
  const persons = optionsOf("Anybody", people, filter.user_id);
  const chosen = (value: string) => (value === ANY ? undefined : value);
  return (
    <div role="group" aria-label="Filters" className="flex flex-wrap items-center gap-2">
      <Select
        label="Action"
        className="w-64 max-sm:w-full"
        options={actions}
        value={filter.action ?? ANY}
        onChange={(action) => onFilter({ ...filter, action: chosen(action) })}
      />
      <Select
        label="Person"
        className="w-56 max-sm:w-full"
        options={persons}
        value={filter.user_id ?? ANY}
        onChange={(id) => onFilter({ ...filter, user_id: chosen(id) })}
      />
      {(filter.action ?? filter.user_id) && (
        <Button kind="quiet" onClick={() => onFilter({})}>
          Clear
        </Button>
      )}
    </div>
  );
}

function optionsOf(any: string, known: ReadonlyMap<string, string>, current: string | undefined): Option<string>[] {
  const all = [...known].map(([value, label]) => ({ value, label }));
  const extra = current !== undefined && !known.has(current) ? [{ value: current, label: current }] : [];
  return [{ value: ANY, label: any }, ...all, ...extra];
}
