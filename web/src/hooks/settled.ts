"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { creditsKeys } from "@/hooks/credits";
import { isSettled, type Job } from "@/hooks/jobs";

/** When a job that was seen moving has ended, the balance is read again: a failure gave credits back. */
export function useRefreshWhenSettled(job: Job | undefined): void {
  const memory = useQueryClient();
  const moving = useRef<string | null>(null);
  useEffect(() => {
    if (!job) return;
    if (!isSettled(job)) moving.current = job.id;
    else if (moving.current === job.id) {
      moving.current = null;
      void memory.invalidateQueries({ queryKey: creditsKeys.all });
    }
  }, [job, memory]);
}
