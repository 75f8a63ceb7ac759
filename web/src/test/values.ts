/** Values as the API answers them. */

export const BALANCE = { balance: 80, debt: 0, as_of: "2026-11-20T14:00:00.000000Z" };

export function entry(seq: number, amount = -10) {
  return {
    id: `0190c1d2-0000-7000-8000-${String(seq).padStart(12, "0")}`,
    seq,
    type: amount < 0 ? "deduction" : "grant",
    amount,
    balance_after: 100 - seq,
    job_id: null,
    description: `Entry ${seq}`,
    created_at: "2026-11-20T13:00:00.000000Z",
  };
}

export const JOB_ID = "0190c1d2-0000-7000-8000-0000000000f1";

export function job(status: "pending" | "running" | "completed" | "failed", more: Record<string, unknown> = {}) {
  return {
    id: JOB_ID,
    job_type: "summarize",
    status,
    cost: 10,
    cached: false,
    refunded: status === "failed",
    attempt_count: 1,
    max_attempts: 3,
    excerpt: "A text.", // a list has this in place of the texts
    requested_by: null,
    input_data: { text: "A text." },
    output_data: status === "completed" ? { summary: "Short." } : null,
    model: null,
    error_code: status === "failed" ? "model_unavailable" : null,
    error_message: status === "failed" ? "The models are away." : null,
    created_at: "2026-11-20T13:59:00.000000Z",
    started_at: null,
    completed_at: null,
    failed_at: null,
    next_attempt_at: null,
    ...more,
  };
}

export function page<Row>(items: Row[], next_cursor: string | null = null) {
  return { items, next_cursor };
}

/** Seven days of which the last one cost 35. */
export const WEEK = page(
  ["14", "15", "16", "17", "18", "19", "20"].map((day) => ({
    date: `2026-11-${day}`,
    spent: day === "20" ? 45 : 0,
    refunded: day === "20" ? 10 : 0,
    jobs: day === "20" ? 3 : 0,
  })),
);

export const WEBHOOK_ID = "019f9b1d-0c1e-7b3a-9d4f-5a6b7c8d9e0f";
export const SECRET = "whsec_of-a-test";

export function webhook(more: Record<string, unknown> = {}) {
  return {
    id: WEBHOOK_ID,
    url: "https://hooks.acme.test/nexus",
    description: "",
    events: ["job.completed", "job.failed"],
    enabled: true,
    disabled_at: null,
    disabled_reason: null,
    failing_since: null,
    failed_events: 0,
    previous_secret_until: null,
    created_at: "2026-11-20T09:10:00.000000Z",
    ...more,
  };
}

export const DELIVERY_ID = "019f9b1e-2d3b-7a1c-b2d3-e4f5a6b7c8d9";

export function attempt(number: number, status_code: number | null, error: string | null = null) {
  return { attempt: number, at: "2026-11-20T09:12:27.431207Z", status_code, error, latency_ms: 178 };
}

export function delivery(status: "pending" | "delivered" | "dead", attempts: ReturnType<typeof attempt>[], more: Record<string, unknown> = {}) {
  return {
    id: DELIVERY_ID,
    event_id: "019f9b1e-2d3b-7a1c-b2d3-e4f5a6b7c8aa",
    type: "job.completed",
    status,
    created_at: "2026-11-20T09:12:27.000000Z",
    next_attempt_at: null,
    attempts,
    ...more,
  };
}
