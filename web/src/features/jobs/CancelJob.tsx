"use client";

import { useState } from "react";

import { type Job, useCancelJob } from "@/hooks/jobs";
import { useMe } from "@/hooks/me";
import { refundSentence } from "@/features/jobs/job-words";
import { count } from "@/lib/format";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FailureNote } from "@/ui/FailureBlock";
import { useToast } from "@/ui/Toast";

/** Stops a job that waits or runs, after asking. */
export function CancelJob({ job }: { job: Job }) {
  const [isOpen, setOpen] = useState(false);
  const { user } = useMe();
  const toast = useToast();
  const { run, isRunning, words, reset } = useCancelJob(user.role, () => {
    setOpen(false);
    toast.done("Job cancelled", refundSentence({ ...job, refunded: true }) || undefined);
  });
  const change = (open: boolean) => {
    if (open) reset();
    setOpen(open);
  };
  return (
    <ConfirmDialog
      trigger={<Button size="sm">Cancel job</Button>}
      open={isOpen}
      onOpenChange={change}
      title="Cancel this job?"
      action="Cancel the job"
      onConfirm={() => run(job.id)}
      isRunning={isRunning}
    >
      <p>{job.cost > 0 ? `It stops, and its ${count(job.cost, "credit")} are refunded.` : "It stops."} What it has found so far is lost.</p>
      {words && (
        <div className="mt-3">
          <FailureNote words={words} />
        </div>
      )}
    </ConfirmDialog>
  );
}
