"use client";

/** Says what was done, in passing. What shows it is fetched with the first thing that there is to say. */
import dynamic from "next/dynamic";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

import type { Words } from "@/lib/failures";

export interface Said {
  id: number;
  title: string;
  detail: string | undefined;
  isFailure: boolean;
}

const ToastLayer = dynamic(() => import("@/ui/ToastLayer").then((module) => module.ToastLayer), { ssr: false });

const SayContext = createContext<(said: Omit<Said, "id">) => void>(() => undefined);

/** `const toast = useToast(); toast.done("Key revoked"); toast.failed(words)`. */
export function useToast() {
  const say = useContext(SayContext);
  return useMemo(
    () => ({
      done: (title: string, detail?: string) => say({ title, detail, isFailure: false }),
      failed: ({ title, detail }: Pick<Words, "title" | "detail">) => say({ title, detail, isFailure: true }),
    }),
    [say],
  );
}

/** Where toasts appear. Once, around everything. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<readonly Said[]>([]);
  const [say] = useState(() => (one: Omit<Said, "id">) => setSaid((before) => [...before, { ...one, id: before.length }]));
  return (
    <SayContext value={say}>
      {children}
      {said.length > 0 && <ToastLayer said={said} />}
    </SayContext>
  );
}
