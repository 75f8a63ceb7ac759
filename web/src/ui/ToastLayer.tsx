"use client";

import { Toast as Base } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useEffect, useRef } from "react";

import { IconButton } from "@/ui/Button";
import { cn } from "@/ui/cn";
import type { Said } from "@/ui/Toast";

const SECONDS = 5;
const SECONDS_OF_FAILURE = 10;

/** The toasts themselves: each goes by itself, waits while it is pointed at, and is read out. */
export function ToastLayer({ said }: { said: readonly Said[] }) {
  return (
    <Base.Provider limit={3}>
      <Base.Portal>
        <Base.Viewport className="fixed inset-x-4 bottom-4 z-60 flex flex-col gap-2 sm:left-auto sm:w-88">
          <Toasts said={said} />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function Toasts({ said }: { said: readonly Said[] }) {
  const { toasts, add } = Base.useToastManager();
  const added = useRef(0);
  useEffect(() => {
    const next = said.slice(added.current); // several may have been said since the last time
    added.current = said.length;
    for (const one of next) add(toastOf(one));
  }, [said, add]);
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className={cn(
        "relative rounded-lg border border-line bg-raised p-3 pr-10 wrap-anywhere shadow-popup transition-[opacity,translate] duration-150",
        "data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0",
        toast.type === "failed" && "border-bad-line",
      )}
    >
      <Base.Content>
        <Base.Title dir="auto" className={cn("font-medium", toast.type === "failed" && "text-bad")} />
        <Base.Description className="text-sm text-muted" />
        <Base.Close render={<IconButton label="Dismiss" className="absolute top-1.5 right-1.5" />}>
          <X aria-hidden />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ));
}

function toastOf({ id, title, detail, isFailure }: Said) {
  const timeout = (isFailure ? SECONDS_OF_FAILURE : SECONDS) * 1000;
  const priority = isFailure ? ("high" as const) : ("low" as const);
  return { id: String(id), title, description: detail, type: isFailure ? "failed" : "done", priority, timeout };
}
