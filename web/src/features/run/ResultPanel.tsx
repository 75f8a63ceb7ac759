"use client";

import { FileText } from "lucide-react";

import { JobFacts } from "@/features/jobs/JobFacts";
import { JobFailed } from "@/features/jobs/JobFailed";
import { JobProgress, Moving, stageOf } from "@/features/jobs/JobProgress";
import { JobStatus } from "@/features/jobs/JobCells";
import { costPhrase, nounOf, orderAgain, verbOf } from "@/features/jobs/job-words";
import { OutputView } from "@/features/jobs/OutputView";
import { useRefreshWhenSettled } from "@/hooks/settled";
import { type Kind, type Order, useDraft, type Version } from "@/hooks/draft";
import { isSettled, type Job, useJob, useJobTypes } from "@/hooks/jobs";
import { useMe } from "@/hooks/me";
import type { Accepted } from "@/hooks/run";
import { count } from "@/lib/format";
import { wordsForResent } from "@/lib/order-failures";
import { statusWord } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Empty } from "@/ui/Empty";
import { ReadingBody } from "@/ui/Panel";

/** What an order's answer told besides the job. */
export type Told = Accepted;

interface ResultPanelProps {
  jobId: string | null;
  /** The kind of work that is being asked for right now. */
  sending: Kind | null;
  told: Told | null;
  onRunAgain: (kind: Kind, version: Version, input: Order["input"]) => void;
  onClear: () => void;
}

/** What becomes of the job, from the request to its end. */
export function ResultPanel({ jobId, sending, told, onRunAgain, onClear }: ResultPanelProps) {
  const { slug } = useMe();
  const watch = useJob(jobId);
  const { job } = watch;
  useRefreshWhenSettled(job);
  const isShown = jobId !== null && sending === null;
  const about = told?.jobId === jobId ? told : null;
  return (
    <Card
      title={job && isShown ? nounOf(job.job_type) : "Result"}
      actions={
        isShown && (
          <>
            {job && <JobStatus job={job} />}
            {job && (
              <ButtonLink kind="quiet" size="sm" href={`/${slug}/jobs/${job.id}`}>
                Open the job
              </ButtonLink>
            )}
            <Button kind="quiet" size="sm" onClick={onClear}>
              Clear
            </Button>
          </>
        )
      }
      className="min-h-96"
    >
      <p role="status" className="sr-only">
        {announcement(isShown ? job : undefined, sending)}
      </p>
      {sending !== null && <Moving title={`Sending: ${verbOf(sending)}`} />}
      {sending === null && jobId === null && (
        <Empty icon={<FileText aria-hidden />} title="Nothing was run yet">
          The result stands here, as soon as it is there.
        </Empty>
      )}
      {isShown && (
        <ReadingBody title="the job" reading={watch} skeleton={<Moving title={statusWord("pending")} />}>
          {(known) => (
            <div className="flex flex-1 flex-col gap-5">
              {about && about.wasAcceptedBefore !== null && (
                <p className="rounded-md bg-accent-soft px-3 py-2 text-accent">{wordsForResent(about.wasAcceptedBefore)}</p>
              )}
              <JobShown job={known} watch={watch} creditsRemaining={about?.creditsRemaining ?? null} onRunAgain={onRunAgain} />
            </div>
          )}
        </ReadingBody>
      )}
    </Card>
  );
}

interface JobShownProps {
  job: Job;
  watch: ReturnType<typeof useJob>;
  creditsRemaining: number | null;
  onRunAgain: ResultPanelProps["onRunAgain"];
}

function JobShown({ job, watch, creditsRemaining, onRunAgain }: JobShownProps) {
  if (!isSettled(job)) return <JobProgress job={job} gaveUp={watch.gaveUp} onLookAgain={watch.watchAgain} />;
  if (job.status === "failed") return <JobFailed job={job} action={<RunAgain job={job} onRunAgain={onRunAgain} />} />;
  return (
    <>
      <JobFacts job={job} creditsRemaining={creditsRemaining} />
      <OutputView jobType={job.job_type} output={job.output_data ?? {}} />
    </>
  );
}

/** The same input once more, as a job of its own. */
function RunAgain({ job, onRunAgain }: { job: Job; onRunAgain: ResultPanelProps["onRunAgain"] }) {
  const [{ version }] = useDraft();
  const price = useJobTypes().known?.value.find(({ name }) => name === job.job_type)?.price;
  const again = orderAgain(job);
  if (!again) return null;
  return (
    <Button size="sm" onClick={() => onRunAgain(again.kind, version, again.input)}>
      Run again{price !== undefined && ` (${count(price, "credit")})`}
    </Button>
  );
}

/** For a screen reader, at each step once. A failure is said by its own alert. */
function announcement(job: Job | undefined, sending: Kind | null): string {
  if (sending !== null) return `Sending: ${verbOf(sending)}`;
  if (!job) return "";
  if (!isSettled(job)) return stageOf(job);
  if (job.status === "failed") return "";
  return `Done. ${nounOf(job.job_type)}: ${costPhrase(job)}.`;
}
