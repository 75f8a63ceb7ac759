"use client";

/** Asking for work: an order is sent with a key of its own, and kept until it was answered. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { v2 } from "@/api/v2";
import { creditsKeys } from "@/hooks/credits";
import { type Draft, type Kind, openOrders, type Order, useTabValue, type Version } from "@/hooks/draft";
import { jobKeys } from "@/hooks/jobs";
import { useMe } from "@/hooks/me";
import { type ApiError, call, v1 } from "@/lib/api";
import { asApiError, kindOf } from "@/lib/failure";
import { useWhenOnline } from "@/lib/online";
import { isOpen } from "@/lib/order-failures";

export interface Accepted {
  jobId: string;
  /** What v2 tells besides. */
  creditsRemaining: number | null;
  /** Null for an order that was sent once; else whether an earlier try had been accepted. */
  wasAcceptedBefore: boolean | null;
}

interface Attempt {
  order: Order;
  /** Without a network nothing left the browser. */
  wasOnline: boolean;
}

type Input = Order["input"];
type Sent = ReturnType<typeof v1.submitSummarize> | ReturnType<typeof v2.submitSummarizeV2>;
type Send = (input: Input, headers: { "Idempotency-Key": string }) => Sent;

const SEND: Readonly<Record<Version, Readonly<Record<Kind, Send>>>> = {
  v1: {
    summarize: (body, headers) => v1.submitSummarize({ body, headers }),
    analyze: (body, headers) => v1.submitAnalyze({ body, headers }),
    extract: ({ text, schema = {} }, headers) => v1.submitExtract({ body: { text, schema }, headers }),
  },
  v2: {
    summarize: (body, headers) => v2.submitSummarizeV2({ body, headers }),
    analyze: (body, headers) => v2.submitAnalyzeV2({ body, headers }),
    extract: ({ text, schema = {} }, headers) => v2.submitExtractV2({ body: { text, schema }, headers }),
  },
};

const IN_PROGRESS_TRIES = 5;

async function send({ order: { kind, version, input, key, isUncertain } }: Attempt): Promise<Accepted> {
  const answered = await SEND[version][kind](input, { "Idempotency-Key": key });
  const { job_id, ...more } = await call(Promise.resolve(answered));
  const said = "credits_remaining" in more ? more.credits_remaining : null;
  const creditsRemaining = typeof said === "number" ? said : null;
  const wasReplayed = answered.response?.headers.get("Idempotency-Replayed") === "true";
  return { jobId: job_id, creditsRemaining, wasAcceptedBefore: isUncertain ? wasReplayed : null };
}

/** The same work asked for anew is the same order while the first was not answered: it keeps its key. */
function orderOf(open: Order | null, kind: Kind, version: Version, input: Input): Order {
  const isSame = open?.kind === kind && open.version === version && JSON.stringify(open.input) === JSON.stringify(input);
  return isSame ? open : { kind, version, input, key: crypto.randomUUID(), isUncertain: false };
}

/** What is kept of an order that was refused, or that nothing was heard of. */
function afterFailure(failure: ApiError, { order, wasOnline }: Attempt): Order | null {
  if (!isOpen(failure)) return null;
  const isRefused = kindOf(failure) === "rate_limited" || !wasOnline;
  return { ...order, isUncertain: order.isUncertain || !isRefused };
}

/**
 * Sends orders. `open` is the one that no answer has come to, from before a reload too: `sendAgain` sends the very same
 * one, so that it is done once; `drop` lets it be.
 */
export function useSubmission(onAccepted: (accepted: Accepted) => void) {
  const memory = useQueryClient();
  const { organisation } = useMe();
  const [open, keep] = useTabValue(openOrders);
  const isUnderWay = useRef(false); // two clicks within one frame are one order
  const { mutate, isPending, error, reset, variables } = useMutation({
    mutationFn: send,
    retry: (failures, thrown) => failures < IN_PROGRESS_TRIES && asApiError(thrown).code === "idempotency_in_progress",
    retryDelay: (_, thrown) => (asApiError(thrown).retryAfter ?? 1) * 1000,
    onSuccess: (accepted) => {
      keep(null);
      onAccepted(accepted);
      void memory.invalidateQueries({ queryKey: creditsKeys.all });
      void memory.invalidateQueries({ queryKey: [...jobKeys.all, "list"] });
    },
    onError: (thrown, attempt) => keep(afterFailure(asApiError(thrown), attempt)),
    onSettled: () => {
      isUnderWay.current = false;
    },
  });
  const wasOffline = error !== null && variables?.wasOnline === false;
  useWhenOnline(() => {
    if (!wasOffline) return;
    if (!open?.isUncertain) keep(null); // nothing left the browser: it is as if nobody had clicked
    reset();
  });
  const begin = (order: Order) => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    const wasOnline = navigator.onLine;
    keep({ ...order, isUncertain: order.isUncertain || wasOnline }); // until an answer says otherwise
    mutate({ order, wasOnline });
  };
  return {
    submit: (kind: Kind, version: Draft["version"], input: Input) => begin(orderOf(openOrders.read(organisation.id), kind, version, input)),
    sendAgain: () => open && begin(open),
    drop: () => {
      keep(null);
      reset();
    },
    isSending: isPending,
    sending: isPending ? (variables?.order.kind ?? null) : null,
    failure: error === null || isPending ? null : asApiError(error),
    wasOffline,
    open,
  };
}

export type Submission = ReturnType<typeof useSubmission>;
