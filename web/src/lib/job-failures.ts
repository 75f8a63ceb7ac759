/** The words for a job that failed: why, what became of the credits, and what to do. */
import { count } from "@/lib/format";

export interface FailedJob {
  error_code: string | null;
  error_message: string | null;
  refunded: boolean;
  cost: number;
}

const REASONS: Readonly<Record<string, string>> = {
  model_unavailable: "The language models did not answer. Run it again later.",
  model_refused: "The language model will not work on this text. Change the text, then run it again.",
  malformed_answer: "The language model gave no usable answer. Run it again, or change the text.",
  invalid_input: "This input is no longer accepted in this form. Submit it anew.",
  model_not_configured: "No language model is set up here. Ask the operator of this platform.",
  cancelled: "This job was cancelled.",
  deadline_exceeded: "It took longer than a job may. Run it again.",
  worker_lost: "The machine that worked on it was lost. Run it again.",
  released: "It was handed back too often. Run it again.",
  internal_error: "Something went wrong on our side. Run it again; if it stays, report the job's id.",
};

function refundOf({ cost, refunded }: FailedJob): string {
  if (cost === 0) return "It cost nothing.";
  return refunded ? `${count(cost, "credit")} refunded.` : `The refund of ${count(cost, "credit")} is on its way.`;
}

/** Title, reason and refund of a failed (or cancelled) job. */
export function wordsForJob(job: FailedJob): { title: string; reason: string; refund: string } {
  const reason = REASONS[job.error_code ?? ""] ?? job.error_message ?? "It could not be done.";
  return { title: job.error_code === "cancelled" ? "Cancelled" : "Failed", reason, refund: refundOf(job) };
}
