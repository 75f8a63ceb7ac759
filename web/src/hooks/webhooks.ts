"use client";

/** Webhooks: the endpoints, one of them, its deliveries, and what an admin does with each. */
import { useQuery } from "@tanstack/react-query";

import { useMore } from "@/hooks/more";
import { readingOf } from "@/hooks/reading";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";

export type Webhook = Awaited<ReturnType<typeof readWebhook>>;
export type WebhookWithSecret = Awaited<ReturnType<typeof createWebhook>>;
export type Delivery = Awaited<ReturnType<typeof listDeliveries>>["items"][number];
export type Attempt = Delivery["attempts"][number];
export type EventType = Webhook["events"][number];

export interface WantedWebhook {
  url: string;
  description: string;
  events: EventType[];
}

export type WebhookChange = Partial<WantedWebhook> & { enabled?: boolean };

export const DELIVERY_STATUSES = ["pending", "delivered", "dead"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const webhookKeys = {
  all: ["webhooks"] as const,
  list: ["webhooks", "list"] as const,
  one: (id: string) => ["webhooks", "one", id] as const,
  deliveries: (id: string) => ["webhooks", "deliveries", id] as const,
  delivery: (id: string) => ["webhooks", "delivery", id] as const,
};

const ASKER = { doing: "manage webhooks" };
const SECOND = 1000;
const LONGEST_TRY = 15 * SECOND; // the API hangs up then
const GIVE_UP_AFTER = 600 * SECOND;

function readWebhook(id: string, signal: AbortSignal) {
  return call(v1.readWebhook({ path: { webhook_id: id }, signal }));
}

function createWebhook(body: WantedWebhook, key: string) {
  return call(v1.createWebhook({ body, headers: { "Idempotency-Key": key } }));
}

function listDeliveries(id: string, status: DeliveryStatus | null, cursor: string | undefined, signal: AbortSignal) {
  const query = { limit: 20, cursor, ...(status && { status }) };
  return call(v1.listWebhookDeliveries({ path: { webhook_id: id }, query, signal }));
}

/** All endpoints, newest first: there are ten at the most. */
export function useWebhooks() {
  return useMore({
    queryKey: webhookKeys.list,
    read: (cursor, signal) => call(v1.listWebhooks({ query: { limit: 20, cursor }, signal })),
  });
}

export function useWebhook(id: string) {
  return readingOf(useQuery({ queryKey: webhookKeys.one(id), queryFn: ({ signal }) => readWebhook(id, signal) }));
}

/**
 * What was and is to be sent, newest first. While something is on its way it is read again when the next try is due,
 * and never once everything is settled: each reading counts in the organisation's window.
 */
export function useDeliveries(id: string, status: DeliveryStatus | null) {
  return useMore({
    queryKey: [...webhookKeys.deliveries(id), status],
    read: (cursor, signal) => listDeliveries(id, status, cursor, signal),
    refetchInterval: (rows) => nextReading(rows ?? [], Date.now()),
  });
}

/** Milliseconds until there may be something new; false when nothing is on its way, or nobody works on it. */
export function nextReading(rows: readonly Pick<Delivery, "status" | "next_attempt_at">[], now: number): number | false {
  const due = rows.flatMap((row) => (row.status === "pending" && row.next_attempt_at ? [Date.parse(row.next_attempt_at)] : []));
  if (due.length === 0) return false;
  const [first, last] = [Math.min(...due), Math.max(...due)];
  const overdue = now - last;
  if (overdue > GIVE_UP_AFTER) return false;
  if (first > now) return Math.max(first - now + SECOND, 2 * SECOND);
  return overdue < LONGEST_TRY ? 2 * SECOND : 15 * SECOND;
}

/** One delivery with the body that is sent; read when somebody opens it. The body never changes. */
export function useDeliveryBody(id: string) {
  return readingOf(
    useQuery({
      queryKey: webhookKeys.delivery(id),
      queryFn: async ({ signal }) => (await call(v1.readDelivery({ path: { delivery_id: id }, signal }))).body,
      staleTime: Infinity,
    }),
  );
}

/** Register an address. The answer holds the secret, this once. */
export function useCreateWebhook(onDone: (made: WebhookWithSecret) => void) {
  return useChange({ send: createWebhook, refresh: [webhookKeys.list], onDone, asker: ASKER });
}

export function useChangeWebhook(id: string, onDone?: (changed: Webhook) => void) {
  return useChange({
    send: (body: WebhookChange) => call(v1.changeWebhook({ path: { webhook_id: id }, body })),
    refresh: [webhookKeys.list, webhookKeys.one(id), webhookKeys.deliveries(id)],
    ...(onDone && { onDone }),
    asker: ASKER,
  });
}

export function useDeleteWebhook(id: string, onDone: () => void) {
  return useChange({
    send: () => call(v1.deleteWebhook({ path: { webhook_id: id } })),
    refresh: [webhookKeys.list],
    onDone,
    asker: ASKER,
  });
}

/** A new secret, shown this once; for a day the old one signs as well. */
export function useRotateSecret(id: string, onDone: (made: WebhookWithSecret) => void) {
  return useChange({
    send: (_: void, key) => call(v1.rotateWebhookSecret({ path: { webhook_id: id }, headers: { "Idempotency-Key": key } })),
    refresh: [webhookKeys.list, webhookKeys.one(id)],
    onDone,
    asker: ASKER,
  });
}

/** Have a `webhook.test` event sent. */
export function useSendTest(id: string, onDone: (sent: Delivery) => void) {
  return useChange({
    send: (_: void, key) => call(v1.testWebhook({ path: { webhook_id: id }, headers: { "Idempotency-Key": key } })),
    refresh: [webhookKeys.deliveries(id)],
    onDone,
    asker: ASKER,
  });
}

/** Send a delivery once more. */
export function useReplay(webhookId: string, onDone?: (replayed: Delivery) => void) {
  return useChange({
    send: (id: string, key) => call(v1.replayDelivery({ path: { delivery_id: id }, headers: { "Idempotency-Key": key } })),
    refresh: [webhookKeys.deliveries(webhookId)],
    ...(onDone && { onDone }),
    asker: ASKER,
  });
}

/** Send everything once more that could not be delivered. */
export function useReplayFailed(id: string, onDone: (replayed: { replayed: number }) => void) {
  return useChange({
    send: (_: void, key) => call(v1.replayFailedDeliveries({ path: { webhook_id: id }, headers: { "Idempotency-Key": key } })),
    refresh: [webhookKeys.deliveries(id)],
    onDone,
    asker: ASKER,
  });
}
