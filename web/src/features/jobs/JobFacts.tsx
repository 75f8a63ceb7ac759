import type { ReactNode } from "react";

import { costPhrase, tookOf } from "@/features/jobs/job-words";
import type { Job } from "@/hooks/jobs";
import { count, duration } from "@/lib/format";

interface JobFactsProps {
  job: Job;
  creditsRemaining?: number | null;
  /** Also where there was only one. */
  withAttempts?: boolean;
}

/** What a job cost and took, and who did it. */
export function JobFacts({ job, creditsRemaining, withAttempts = job.attempt_count > 1 }: JobFactsProps) {
  const took = tookOf(job);
  return (
    <dl className="flex flex-wrap gap-x-8 gap-y-3">
      <Fact name="Cost">{costPhrase(job)}</Fact>
      {took !== undefined && <Fact name="Took">{duration(took)}</Fact>}
      {job.model && <Fact name="Model">{job.model}</Fact>}
      {withAttempts && (
        <Fact name="Attempts">
          {job.attempt_count} of {job.max_attempts}
        </Fact>
      )}
      {typeof creditsRemaining === "number" && <Fact name="Credits remaining">{count(creditsRemaining)}</Fact>}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="figures wrap-anywhere">{children}</dd>
    </div>
  );
}
