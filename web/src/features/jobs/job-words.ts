/** How jobs are called. */
import { KINDS, type Kind, type Order } from "@/hooks/draft";
import type { Job } from "@/hooks/jobs";

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
export function standingOf(job: Omit<Job, "input_data" | "output_data">): string {
  return job.error_code === "cancelled" ? "cancelled" : job.status;
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
