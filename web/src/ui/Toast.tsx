"use client";

import { Toast as Base } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";

import type { Words } from "@/lib/failures";
import { IconButton } from "@/ui/Button";
import { cn } from "@/ui/cn";

/** Says what was done, in passing: `const toast = useToast(); toast.done("Key revoked")`. */
export function useToast() {
  const { add } = Base.useToastManager();
  return {
    done: (title: string, description?: string) => add({ title, description, type: "done" }),
    failed: ({ title, detail }: Pick<Words, "title" | "detail">) =>
      add({ title, description: detail, type: "failed", priority: "high", timeout: 10_000 }),
  };
}

/** Where toasts appear. Once, around everything. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Base.Provider limit={3}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed inset-x-4 bottom-4 z-60 flex flex-col gap-2 sm:left-auto sm:w-88">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function Toasts() {
  const { toasts } = Base.useToastManager();
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className={cn(
        "rounded-lg border border-line bg-raised p-3 pr-10 shadow-popup transition-[opacity,translate] duration-150",
        "data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0",
        toast.type === "failed" && "border-bad-line",
      )}
    >
      <Base.Content>
        <Base.Title className={cn("font-medium", toast.type === "failed" && "text-bad")} />
        <Base.Description className="text-sm text-muted" />
        <Base.Close render={<IconButton label="Dismiss" className="absolute top-1.5 right-1.5" />}>
          <X aria-hidden />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ));
}
