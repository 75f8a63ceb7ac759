/** The one vocabulary of jobs: what their types, statuses, costs and refunds are called, on every page. */
import type { Order } from "@/hooks/draft";
import type { Job } from "@/hooks/jobs";
import { type Kind, KINDS } from "@/hooks/kinds";
import { count } from "@/lib/format";
import { statusWord } from "@/ui/Badge";

const NAMES: Readonly<Record<Kind, { verb: string; noun: string }>> = {
  summarize: { verb: "Summarise", noun: "Summary" },
  analyze: { verb: "Analyse", noun: "Analysis" },
  extract: { verb: "Extract data", noun: "Extracted data" },
};

function kindOfName(name: string): Kind | undefined {
  return KINDS.find((kind) => kind === name);
}

/** "Summarise"; a kind that is new to us by its own name. */
export function verbOf(name: string): string {
  const kind = kindOfName(name);
  return kind ? NAMES[kind].verb : name;
}

/** "Summary". */
export function nounOf(name: string): string {
  const kind = kindOfName(name);
  return kind ? NAMES[kind].noun : name;
}

/** The status as it is shown: a job that somebody cancelled did not fail. */
export function statusOf({ status, error_code }: Pick<Job, "status" | "error_code">): string {
  return error_code === "cancelled" ? "cancelled" : status;
}

type Costs = Pick<Job, "cost" | "cached" | "refunded">;

/** What a job cost, for a table: an amount, and what became of it. */
export function costOf({ cost, cached, refunded }: Costs): { amount: number; note: "cached" | "refunded" | null } {
  if (cached) return { amount: 0, note: "cached" };
  return { amount: cost, note: refunded && cost > 0 ? "refunded" : null };
}

/** What a job cost, as a phrase: "10 credits, refunded". */
export function costPhrase(job: Costs): string {
  const { amount, note } = costOf(job);
  if (note === "cached") return "0 credits, answered from the cache";
  return note === null ? count(amount, "credit") : `${count(amount, "credit")}, ${note}`;
}

/** What becomes of the credits of a job that failed or was cancelled, as a sentence; empty where it cost nothing. */
export function refundSentence({ cost, refunded }: Pick<Job, "cost" | "refunded">): string {
  if (cost === 0) return "";
  return refunded ? `${count(cost, "credit")} refunded.` : `The refund of ${count(cost, "credit")} is on its way.`;
}

const OF_A_JOB = /^(Job|Refund): ([a-z0-9-]+)$/; // as the ledger describes what a job took or gave back

/** An entry of the ledger by the name that its job has everywhere else: "Summary", "Summary, refunded". */
export function entryName({ description, job_id }: { description: string; job_id: string | null }): string {
  const [, what, type] = (job_id && OF_A_JOB.exec(description)) || [];
  if (what === undefined || type === undefined) return description;
  return what === "Refund" ? `${nounOf(type)}, refunded` : nounOf(type);
}

const REASONS: Readonly<Record<string, string>> = {
  model_unavailable: "The language models did not answer. Run it again later.",
  model_refused: "The language model will not work on this text. Change the text, then run it again.",
  malformed_answer: "The language model gave no usable answer. Run it again, or change the text.",
  too_many_unpaid_calls: "Too many jobs failed or were cancelled lately. Wait a while, then run it again.",
  invalid_input: "This input is no longer accepted in this form. Submit it anew.",
  model_not_configured: "No language model is set up here. Ask the operator of this platform.",
  cancelled: "This job was cancelled.",
  deadline_exceeded: "It took longer than a job may. Run it again.",
  worker_lost: "The machine that worked on it was lost. Run it again.",
  released: "It was handed back too often. Run it again.",
  internal_error: "Something went wrong on our side. Run it again; if it stays, report the job's id.",
};

type FailedJob = Pick<Job, "cost" | "refunded" | "error_code" | "error_message">;

/** Title, reason and refund of a failed (or cancelled) job. */
export function wordsForJob(job: FailedJob): { title: string; reason: string; refund: string } {
  const reason = REASONS[job.error_code ?? ""] ?? job.error_message ?? "It could not be done.";
  return { title: statusWord(statusOf({ ...job, status: "failed" })), reason, refund: refundSentence(job) || "It cost nothing." };
}

/** Milliseconds from asking to the end; undefined while it goes on. */
export function tookOf({ created_at, completed_at, failed_at }: Pick<Job, "created_at" | "completed_at" | "failed_at">): number | undefined {
  const end = completed_at ?? failed_at;
  return end === null ? undefined : Math.max(0, Date.parse(end) - Date.parse(created_at));
}

/** What to ask for to have a job done again; undefined where its input is not kept, or its kind is new to us. */
export function orderAgain({ job_type, input_data }: Job): { kind: Kind; input: Order["input"] } | undefined {
  const kind = kindOfName(job_type);
  const { text, schema } = input_data;
  if (kind === undefined || typeof text !== "string") return undefined;
  const isObject = typeof schema === "object" && schema !== null && !Array.isArray(schema);
  return { kind, input: isObject ? { text, schema: schema as Record<string, unknown> } : { text } };
}
