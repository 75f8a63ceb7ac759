"use client";

import { JobCost, JobStatus } from "@/features/jobs/JobCells";
import { nounOf } from "@/features/jobs/job-words";
import { NoJobsYet } from "@/features/jobs/NoJobsYet";
import { type ListedJob, useRecentJobs } from "@/hooks/jobs";
import { useMe } from "@/hooks/me";
import { ButtonLink } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<ListedJob>[] = [
  { head: "Job", grows: true, cell: (job) => nounOf(job.job_type) },
  { head: "Status", aside: true, cell: (job) => <JobStatus job={job} /> },
  { head: "When", cell: (job) => <Time at={job.created_at} relative /> },
  { head: "Cost", numeric: true, cell: (job) => <JobCost job={job} /> },
];

/** The last five jobs. */
export function RecentJobs() {
  const { slug } = useMe();
  return (
    <Panel
      title="Recent jobs"
      padded={false}
      reading={useRecentJobs()}
      actions={
        <ButtonLink kind="quiet" size="sm" href={`/${slug}/jobs`} aria-label="All jobs">
          All
        </ButtonLink>
      }
      skeleton={<SkeletonRows rows={5} />}
      isEmpty={(rows) => rows.length === 0}
      empty={<NoJobsYet />}
    >
      {(rows) => (
        <DataTable
          caption="Recent jobs"
          columns={COLUMNS}
          rows={rows.slice(0, 5)}
          keyOf={(job) => job.id}
          hrefOf={(job) => `/${slug}/jobs/${job.id}`}
        />
      )}
    </Panel>
  );
}
