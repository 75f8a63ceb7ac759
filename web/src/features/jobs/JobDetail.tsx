"use client";

import { RotateCcw } from "lucide-react";

import { JobFacts } from "@/features/jobs/JobFacts";
import { JobFailed } from "@/features/jobs/JobFailed";
import { JobProgress, stageOf } from "@/features/jobs/JobProgress";
import { JobStatus } from "@/features/jobs/JobCells";
import { nounOf, orderAgain } from "@/features/jobs/job-words";
import { JsonView } from "@/features/jobs/JsonView";
import { OutputView } from "@/features/jobs/OutputView";
import { TextView } from "@/features/jobs/TextView";
import { Timeline } from "@/features/jobs/Timeline";
import { NothingHere } from "@/features/shell/NothingHere";
import { useFillDraft } from "@/hooks/draft";
import { isSettled, type Job, useJob } from "@/hooks/jobs";
import { useMe } from "@/hooks/me";
import { useRefreshWhenSettled } from "@/hooks/settled";
import { kindOf } from "@/lib/failure";
import { ButtonLink } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { CopyButton } from "@/ui/CopyButton";
import { PageHeader } from "@/ui/PageHeader";
import { ReadingBody } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

/** One job: how it went, what went in, what came out. */
export function JobDetail({ id }: { id: string }) {
  const { slug } = useMe();
  const watch = useJob(id);
  const { job, failure, gaveUp, watchAgain } = watch;
  useRefreshWhenSettled(job);
  if (!job && failure && kindOf(failure) === "missing") return <NothingHere />;
  return (
    <>
      <PageHeader
        crumbs={[{ label: "Jobs", href: `/${slug}/jobs` }]}
        title={job ? nounOf(job.job_type) : "Job"}
        note={<JobId id={id} />}
        actions={job && <JobActions job={job} />}
      />
      <p role="status" className="sr-only">
        {job && !isSettled(job) ? stageOf(job) : job?.status === "completed" ? "Completed" : ""}
      </p>
      <ReadingBody title="the job" reading={watch} skeleton={<Shape />}>
        {(known) => (
          <div className="grid items-start gap-4 lg:grid-cols-3">
            <div className="flex min-w-0 flex-col gap-4 lg:col-span-2">
              <Card title="Output">
                <Output job={known} gaveUp={gaveUp} onLookAgain={watchAgain} />
              </Card>
              <Card title="Input">
                <Input job={known} />
              </Card>
            </div>
            <div className="flex min-w-0 flex-col gap-4">
              <Card title="Timeline" actions={<JobStatus job={known} />}>
                <Timeline job={known} />
              </Card>
              <Card title="Cost and attempts">
                <JobFacts job={known} withAttempts />
              </Card>
            </div>
          </div>
        )}
      </ReadingBody>
    </>
  );
}

function JobId({ id }: { id: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1 text-xs">
      <code className="truncate font-mono">{id}</code>
      <CopyButton text={id} label="Copy the job's id" />
    </span>
  );
}

function JobActions({ job }: { job: Job }) {
  const { slug } = useMe();
  const fill = useFillDraft();
  const again = orderAgain(job);
  if (!again) return null;
  return (
    <ButtonLink href={`/${slug}/playground`} onClick={() => fill(again.kind, again.input)}>
      <RotateCcw aria-hidden />
      Run again
    </ButtonLink>
  );
}

function Output({ job, gaveUp, onLookAgain }: { job: Job; gaveUp: boolean; onLookAgain: () => void }) {
  if (!isSettled(job)) return <JobProgress job={job} gaveUp={gaveUp} onLookAgain={onLookAgain} />;
  if (job.status === "failed") return <JobFailed job={job} />;
  return job.output_data ? <OutputView jobType={job.job_type} output={job.output_data} /> : <p className="text-muted">It is not kept any more.</p>;
}

function Input({ job }: { job: Job }) {
  const { text, ...more } = job.input_data;
  if (typeof text !== "string") return <JsonView value={job.input_data} label="the input as JSON" />;
  return (
    <div className="flex flex-col gap-3">
      <TextView text={text} label="The text" />
      {Object.keys(more).length > 0 && <JsonView value={more} label="the rest of the input as JSON" />}
    </div>
  );
}

function Shape() {
  return (
    <div className="grid gap-4 lg:grid-cols-3">
      <Skeleton className="h-64 lg:col-span-2" />
      <Skeleton className="h-64" />
    </div>
  );
}
