"use client";

import { NoJobsYet } from "@/features/jobs/NoJobsYet";
import { type ListedJob, useJobs } from "@/hooks/jobs";
import { useMe } from "@/hooks/me";
import { Status } from "@/ui/Badge";
import { ButtonLink } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { Credits } from "@/ui/Figures";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<ListedJob>[] = [
  { head: "Job", grows: true, cell: (job) => <span className="capitalize">{job.job_type}</span> },
  { head: "Status", aside: true, cell: (job) => <Status of={job.error_code === "cancelled" ? "cancelled" : job.status} /> },
  { head: "When", cell: (job) => <Time at={job.created_at} relative /> },
  { head: "Cost", numeric: true, cell: (job) => <Credits amount={job.refunded ? 0 : job.cost} /> },
];

/** The last five jobs. */
export function RecentJobs() {
  const { slug } = useMe();
  return (
    <Panel
      title="Recent jobs"
      padded={false}
      reading={useJobs({}, 5)}
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
