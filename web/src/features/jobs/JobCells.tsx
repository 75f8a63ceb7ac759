/** What a row of a list of jobs says, wherever jobs are listed. */
import { costOf, statusOf } from "@/features/jobs/job-words";
import type { Job } from "@/hooks/jobs";
import { Status } from "@/ui/Badge";
import { Credits } from "@/ui/Figures";

export function JobStatus({ job }: { job: Pick<Job, "status" | "error_code"> }) {
  return <Status of={statusOf(job)} />;
}

export function JobCost({ job }: { job: Pick<Job, "cost" | "cached" | "refunded"> }) {
  const { amount, note } = costOf(job);
  return (
    <>
      {note && <span className="mr-1.5 text-sm text-muted">{note}</span>}
      <Credits amount={amount} />
    </>
  );
}
