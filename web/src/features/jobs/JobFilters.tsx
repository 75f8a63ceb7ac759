"use client";

import { STATUSES, type useJobFilters } from "@/features/jobs/filters";
import { nounOf } from "@/features/jobs/job-words";
import { useJobTypes } from "@/hooks/jobs";
import { statusWord } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Select";

const ANY = "any";

/** The API files a cancelled job under those that failed. */
function labelOf(status: (typeof STATUSES)[number]): string {
  return status === "failed" ? `${statusWord("failed")} or ${statusWord("cancelled").toLowerCase()}` : statusWord(status);
}

export function JobFilters({ filters }: { filters: ReturnType<typeof useJobFilters> }) {
  const { filter, isFiltered, choose, clear } = filters;
  const types = useJobTypes().known?.value.map(({ name }) => name) ?? [];
  const known = filter.job_type && !types.includes(filter.job_type) ? [filter.job_type, ...types] : types;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Select<(typeof STATUSES)[number] | typeof ANY>
        label="Status"
        className="w-48"
        options={[{ value: ANY, label: "Any status" }, ...STATUSES.map((status) => ({ value: status, label: labelOf(status) }))]}
        value={filter.status ?? ANY}
        onChange={(status) => choose({ status: status === ANY ? null : status })}
      />
      <Select<string>
        label="Type"
        className="w-48"
        options={[{ value: ANY, label: "Any type" }, ...known.map((name) => ({ value: name, label: nounOf(name) }))]}
        value={filter.job_type ?? ANY}
        onChange={(type) => choose({ type: type === ANY ? null : type })}
      />
      {isFiltered && (
        <Button kind="quiet" onClick={clear}>
          Show all
        </Button>
      )}
    </div>
  );
}
