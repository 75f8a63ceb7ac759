"use client";

import { useEffect, useRef } from "react";

import type { Words } from "@/lib/failures";
import { useToast } from "@/ui/Toast";

/** Says in passing why a button's work failed, where there is no form that could. Once for each failure. */
export function useFailureToast(words: Words | null): void {
  const { failed } = useToast();
  const said = useRef<string | null>(null);
  const text = words && JSON.stringify([words.title, words.detail, words.requestId]);
  useEffect(() => {
    if (said.current === text) return;
    said.current = text;
    if (words) failed(words);
  });
}
