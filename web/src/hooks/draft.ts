"use client";

/** What somebody writes on the Run page. It lies in this tab, one for each organisation, and is never lost by a reload. */
import { type RefObject, useLayoutEffect, useSyncExternalStore } from "react";
import * as z from "zod";

import { type Kind, KINDS } from "@/hooks/kinds";
import { useMe } from "@/hooks/me";
import { type TabValue, tabValue } from "@/lib/tab-storage";

export { type Kind, KINDS };
export const VERSIONS = ["v1", "v2"] as const;
export type Version = (typeof VERSIONS)[number];

const draftShape = z.object({
  text: z.string(),
  /** The JSON Schema to extract by, as it was written. */
  schema: z.string(),
  version: z.enum(VERSIONS),
  /** What Ctrl-Enter runs. */
  kind: z.enum(KINDS),
  /** What stood here before a job's input was put in its place. */
  before: z.object({ text: z.string(), schema: z.string() }).nullable(),
  /** The job that was asked for last: whoever comes back to the page finds it there. */
  job: z.string().nullable(),
});

export type Draft = z.infer<typeof draftShape>;

const EMPTY: Draft = { text: "", schema: "", version: "v1", kind: "summarize", before: null, job: null };

const orderShape = z.object({
  kind: z.enum(KINDS),
  version: z.enum(VERSIONS),
  input: z.object({ text: z.string(), schema: z.record(z.string(), z.unknown()).optional() }),
  /** The Idempotency-Key: whatever happens, this order is done once. */
  key: z.string(),
  /** Whether it may have been accepted without our having heard of it. */
  isUncertain: z.boolean(),
});

/** Work that was asked for, with the key that it is sent with each time. */
export type Order = z.infer<typeof orderShape>;

export const drafts = tabValue<Draft>("nexus:draft:", draftShape, EMPTY);
/** The order that no answer has come to yet. */
export const openOrders = tabValue<Order | null>("nexus:order:", orderShape.nullable(), null);

/** This organisation's value in this tab, and how to change it. */
export function useTabValue<Value>(held: TabValue<Value>): [Value, (value: Value) => void] {
  const { organisation } = useMe();
  const value = useSyncExternalStore(
    held.subscribe,
    () => held.read(organisation.id),
    () => held.nothing,
  );
  return [value, (next) => held.write(organisation.id, next)];
}

export function useDraft(): [Draft, (change: Partial<Draft>) => void] {
  const { organisation } = useMe();
  const [draft, write] = useTabValue(drafts);
  return [draft, (change) => write({ ...drafts.read(organisation.id), ...change })];
}

/** Keep what was written into the box before the script was there: React would put the draft that it knows in its place. */
export function useEarlyText(box: RefObject<HTMLTextAreaElement | null>): void {
  const { organisation } = useMe();
  useLayoutEffect(() => {
    const text = box.current?.value ?? "";
    const draft = drafts.read(organisation.id);
    if (text === "" || text === draft.text) return;
    const before = draft.text === "" ? draft.before : { text: draft.text, schema: draft.schema };
    drafts.write(organisation.id, { ...draft, text, before });
  }, [box, organisation.id]);
}

/** Put a job's input on the Run page. What stood there can be brought back. */
export function useFillDraft(): (kind: Kind, input: Order["input"]) => void {
  const [draft, change] = useDraft();
  return (kind, { text, schema }) => {
    const next = { text, schema: schema ? JSON.stringify(schema, null, 2) : draft.schema };
    const isOther = draft.text !== "" && (draft.text !== next.text || draft.schema !== next.schema);
    change({ ...next, kind, job: null, before: isOther ? { text: draft.text, schema: draft.schema } : null });
  };
}
