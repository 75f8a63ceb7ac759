"use client";

import { Clock, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";

import { CancelJob } from "@/features/jobs/CancelJob";
import type { Job } from "@/hooks/jobs";
import { useNow } from "@/lib/clock";
import { duration } from "@/lib/format";
import { statusWord } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/Time";

/** How a job that has not ended stands, in a word or two. */
export function stageOf(job: Job): string {
  const word = statusWord(job.status);
  if (job.status === "running") return job.attempt_count > 1 ? `${word}, attempt ${job.attempt_count} of ${job.max_attempts}` : word;
  if (job.attempt_count > 0) return `Waiting for attempt ${job.attempt_count + 1} of ${job.max_attempts}`;
  return word;
}

interface JobProgressProps {
  job: Job;
  /** Nobody looks any more: it goes on, and is looked at again when asked. */
  gaveUp: boolean;
  onLookAgain: () => void;
}

/** A job that waits or runs. */
export function JobProgress({ job, gaveUp, onLookAgain }: JobProgressProps) {
  if (gaveUp)
    return (
      <Moving icon={<Clock aria-hidden className="size-5 text-muted" />} title="Still not done after ten minutes" actions={<CancelJob job={job} />}>
        <p>It goes on, and stays in the list of jobs. This page has stopped looking.</p>
        <Button size="sm" className="mt-3" onClick={onLookAgain}>
          Look again
        </Button>
      </Moving>
    );
  return (
    <Moving icon={<Spinner />} title={stageOf(job)} actions={<CancelJob job={job} />}>
      <Elapsed since={job.created_at} />
      {job.next_attempt_at !== null && job.attempt_count > 0 && job.status === "pending" && (
        <p>
          Attempt {job.attempt_count} did not succeed. The next one begins <Time at={job.next_attempt_at} exact />.
        </p>
      )}
    </Moving>
  );
}

/** Something is on its way: a spinner, what it is, and how long it has taken. */
export function Moving({ icon = <Spinner />, title, actions, children }: { icon?: ReactNode; title: string; actions?: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-1 px-4 py-10 text-center">
      {icon}
      <p className="mt-1 font-medium">{title}</p>
      <div className="text-muted">{children}</div>
      {actions && <div className="mt-3">{actions}</div>}
    </div>
  );
}

function Spinner() {
  return <LoaderCircle aria-hidden className="size-6 animate-spin text-accent" />;
}

function Elapsed({ since }: { since: string }) {
  const now = useNow(1000);
  return <p className="figures">{duration(Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000) * 1000))}</p>;
}
