import { statusOf } from "@/features/jobs/job-words";
import type { Job } from "@/hooks/jobs";
import { count, duration } from "@/lib/format";
import { cn } from "@/ui/cn";
import { Time } from "@/ui/Time";

interface Step {
  what: string;
  at: string;
  note?: string;
  tone?: "good" | "bad" | "next";
}

/** Each transition that the API gives a time for. Of several attempts it keeps the last one's beginning. */
export function stepsOf(job: Job): Step[] {
  const steps: Step[] = [{ what: "Accepted", at: job.created_at, note: job.cached ? "Answered from the cache, for nothing" : `${count(job.cost, "credit")} taken` }];
  if (job.started_at && job.attempt_count > 0) {
    const which = job.attempt_count > 1 ? `Attempt ${job.attempt_count} of ${job.max_attempts} began` : "Work began";
    steps.push({ what: which, at: job.started_at });
  }
  if (job.status === "pending" && job.attempt_count > 0 && job.next_attempt_at) {
    const note = `Attempt ${job.attempt_count} did not succeed`;
    steps.push({ what: `Attempt ${job.attempt_count + 1} of ${job.max_attempts} is due`, at: job.next_attempt_at, note, tone: "next" });
  }
  if (job.completed_at) steps.push({ what: "Completed", at: job.completed_at, tone: "good" });
  if (job.failed_at) {
    const isCancelled = statusOf(job) === "cancelled";
    steps.push({ what: isCancelled ? "Cancelled" : "Failed", at: job.failed_at, ...(!isCancelled && { tone: "bad" as const }) });
    if (job.refunded && job.cost > 0) steps.push({ what: "Refunded", at: job.failed_at, note: count(job.cost, "credit") });
  }
  return steps;
}

const DOT = { good: "bg-good", bad: "bg-bad", next: "border-2 border-edge bg-surface" } as const;

export function Timeline({ job }: { job: Job }) {
  const steps = stepsOf(job);
  return (
    <ol aria-label="Timeline" className="flex flex-col">
      {steps.map((step, index) => (
        <li key={step.what} className="relative flex gap-3 pb-4 last:pb-0">
          {index < steps.length - 1 && <span aria-hidden className="absolute top-4 bottom-0 left-[4.5px] w-px bg-line" />}
          <span aria-hidden className={cn("mt-1.5 size-2.5 shrink-0 rounded-full", step.tone ? DOT[step.tone] : "bg-edge")} />
          <div className="min-w-0">
            <p className="font-medium">{step.what}</p>
            <p className="text-sm text-muted">
              <Time at={step.at} exact />
              <Gap from={steps[index - 1]?.at} to={step.at} />
            </p>
            {step.note && <p className="text-sm text-muted">{step.note}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Gap({ from, to }: { from: string | undefined; to: string }) {
  const passed = from === undefined ? 0 : Date.parse(to) - Date.parse(from);
  return passed > 0 ? <span className="figures">, {duration(passed)} later</span> : null;
}
