"use client";

import { useState } from "react";

import { OrderPanel } from "@/features/run/OrderPanel";
import { ResultPanel, type Told } from "@/features/run/ResultPanel";
import { type Accepted, useSubmission } from "@/hooks/run";
import { useShownJob } from "@/hooks/shown-job";
import { PageHeader } from "@/ui/PageHeader";

/** Work to be done now: what is asked for at the left, what becomes of it at the right. */
export function RunPage() {
  const [jobId, showJob] = useShownJob();
  const [told, setTold] = useState<Told | null>(null);
  const submission = useSubmission((accepted: Accepted) => {
    setTold(accepted);
    showJob(accepted.jobId);
  });
  return (
    <>
      <PageHeader title="Run" note="Have a text summarised or analysed. A job that fails costs nothing." />
      <div className="grid items-stretch gap-4 lg:grid-cols-2">
        <OrderPanel submission={submission} />
        <ResultPanel jobId={jobId} sending={submission.sending} told={told} onRunAgain={submission.submit} onClear={() => showJob(null)} />
      </div>
    </>
  );
}
