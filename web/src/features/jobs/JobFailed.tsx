"use client";

import { CircleAlert, CircleSlash } from "lucide-react";
import type { ReactNode } from "react";

import { statusOf, wordsForJob } from "@/features/jobs/job-words";
import type { Job } from "@/hooks/jobs";
import { cn } from "@/ui/cn";

/** Why a job failed (or that it was cancelled), what became of its credits, and what to do. */
export function JobFailed({ job, action }: { job: Job; action?: ReactNode }) {
  const { title, reason, refund } = wordsForJob(job);
  const isCancelled = statusOf(job) === "cancelled";
  const Icon = isCancelled ? CircleSlash : CircleAlert;
  return (
    <div
      role="alert"
      className={cn("flex gap-3 rounded-md border p-3", isCancelled ? "border-line bg-sunken" : "border-bad-line bg-bad-soft")}
    >
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", isCancelled ? "text-muted" : "text-bad")} />
      <div className="min-w-0">
        <p className={cn("font-medium", !isCancelled && "text-bad")}>{title}</p>
        <p className="wrap-anywhere">{reason}</p>
        <p>{refund}</p>
        {action && <div className="mt-3">{action}</div>}
      </div>
    </div>
  );
}
