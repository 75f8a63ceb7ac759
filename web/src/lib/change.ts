"use client";

/**
 * A form's own request: sent with an Idempotency-Key that belongs to what was entered, so that sending it again after
 * a broken connection cannot do it twice. Another content is another request, and gets another key.
 */
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { asApiError } from "@/lib/failure";
import { type Asker, fieldMessages, wordsFor, type Words } from "@/lib/failures";
import { useWhenOnline } from "@/lib/online";

interface Change<Input, Answer> {
  /** Send it: `(input, key) => call(v1.invite({ body: input, headers: { "Idempotency-Key": key } }))`. */
  send: (input: Input, key: string) => Promise<Answer>;
  /** What is to be read again afterwards. */
  refresh?: readonly QueryKey[];
  onDone?: (answer: Answer, input: Input) => void;
  asker?: Asker;
}

/** One key for one content, until it was answered. */
export function useIdempotencyKey(): { keyFor: (content: unknown) => string; renew: () => void } {
  const held = useRef<{ content: string; key: string } | null>(null);
  return {
    keyFor: (content) => {
      const text = JSON.stringify(content) ?? "";
      if (held.current?.content !== text) held.current = { content: text, key: crypto.randomUUID() };
      return held.current.key;
    },
    renew: () => {
      held.current = null;
    },
  };
}

/** A change and how it stands: running, failed in words, done. */
export function useChange<Answer, Input = void>({ send, refresh = [], onDone, asker }: Change<Input, Answer>) {
  const memory = useQueryClient();
  const { keyFor, renew } = useIdempotencyKey();
  const wasOffline = useRef(false);
  const { mutate, isPending, error, data, variables, reset } = useMutation({
    mutationFn: (input: Input) => {
      wasOffline.current = !navigator.onLine;
      return send(input, keyFor(input));
    },
    onSuccess: async (answer, input) => {
      renew();
      onDone?.(answer, input);
      await Promise.all(refresh.map((queryKey) => memory.invalidateQueries({ queryKey })));
    },
  });
  const failure = error === null ? null : asApiError(error);
  useWhenOnline(() => {
    if (failure !== null && wasOffline.current) reset(); // what was wrong is over
  });
  const words: Words | null = failure && wordsFor(failure, { changing: true, ...asker });
  return { run: mutate, isRunning: isPending, input: variables, failure, words, fields: failure ? fieldMessages(failure) : {}, answer: data, reset };
}
