"use client";

import { Play, RefreshCw, SearchX } from "lucide-react";

import { useJobFilters } from "@/features/jobs/filters";
import { JobFilters } from "@/features/jobs/JobFilters";
import { JobCost, JobStatus } from "@/features/jobs/JobCells";
import { nounOf, tookOf } from "@/features/jobs/job-words";
import { NoJobsYet } from "@/features/jobs/NoJobsYet";
import { type ListedJob, useJobs } from "@/hooks/jobs";
import { useLiveJobs } from "@/hooks/live-jobs";
import { useMe } from "@/hooks/me";
import type { More } from "@/hooks/more";
import { duration } from "@/lib/format";
import { Button, ButtonLink, IconButton } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<ListedJob>[] = [
  { head: "Job", grows: true, cell: (job) => <JobTitle job={job} /> },
  { head: "Requested by", wideOnly: true, cell: (job) => <bdi className="block max-w-40 truncate text-muted">{job.requested_by?.name ?? "–"}</bdi> },
  { head: "Status", cell: (job) => <JobStatus job={job} /> },
  { head: "Cost", numeric: true, cell: (job) => <JobCost job={job} /> },
  { head: "Took", numeric: true, cell: (job) => <Took job={job} /> },
  { head: "Created", numeric: true, cell: (job) => <Time at={job.created_at} exact /> },
];

/** Everything that the organisation asked for, newest first. */
export function JobsPage() {
  const { slug } = useMe();
  const filters = useJobFilters();
  const { more, ...reading } = useJobs(filters.filter);
  return (
    <>
      <PageHeader
        title="Jobs"
        note="What people, keys and programs of your organisation asked for"
        actions={
          <ButtonLink kind="primary" href={`/${slug}/playground`}>
            <Play aria-hidden />
            Run
          </ButtonLink>
        }
      />
      <JobFilters filters={filters} />
      <Panel
        title="Jobs"
        padded={false}
        reading={reading}
        actions={
          <IconButton label="Read the list again" onClick={reading.retry}>
            <RefreshCw aria-hidden />
          </IconButton>
        }
        skeleton={<SkeletonRows rows={10} />}
        isEmpty={(rows) => rows.length === 0}
        empty={filters.isFiltered ? <NoneMatch onClear={filters.clear} /> : <NoJobsYet />}
      >
        {(rows) => <JobRows rows={rows} asOf={reading.known?.asOf ?? new Date()} more={more} />}
      </Panel>
    </>
  );
}

function JobRows({ rows, asOf, more }: { rows: readonly ListedJob[]; asOf: Date; more: More }) {
  const { slug } = useMe();
  const live = useLiveJobs(rows, asOf);
  return <DataTable caption="Jobs" columns={COLUMNS} rows={live} keyOf={(job) => job.id} hrefOf={(job) => `/${slug}/jobs/${job.id}`} more={more} />;
}

/** What was asked for and how its text begins, so that two jobs can be told apart. */
function JobTitle({ job }: { job: ListedJob }) {
  return (
    <span className="block min-w-0 max-w-md">
      {nounOf(job.job_type)}
      {job.excerpt && (
        <span dir="auto" className="block truncate text-sm text-muted">
          {job.excerpt}
        </span>
      )}
    </span>
  );
}

function Took({ job }: { job: ListedJob }) {
  const took = tookOf(job);
  return took === undefined ? <span className="text-muted">–</span> : <span className="whitespace-nowrap">{duration(took)}</span>;
}

function NoneMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty
      icon={<SearchX aria-hidden />}
      title="No job matches"
      action={
        <Button size="sm" onClick={onClear}>
          Show all jobs
        </Button>
      }
    >
      There are no jobs of this kind in this state.
    </Empty>
  );
}
