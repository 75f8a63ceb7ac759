import type { EventType } from "@/hooks/webhooks";

/** What an endpoint can listen for. */
export const EVENTS: readonly { value: EventType; label: string; hint: string }[] = [
  { value: "job.completed", label: "job.completed", hint: "A job has its result" },
  { value: "job.failed", label: "job.failed", hint: "A job failed for good, or was cancelled" },
];
