"use client";

import { useState } from "react";

import { KeyForm } from "@/features/api-keys/KeyForm";
import { KeyValue } from "@/features/api-keys/KeyValue";
import type { KeyWithValue } from "@/hooks/api-keys";
import { isolated } from "@/lib/format";
import { Dialog } from "@/ui/Dialog";

interface CreateKeyProps {
  api: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Makes a key, and then shows its value. While it does, nothing but its button closes the dialog. */
export function CreateKey({ api, open, onOpenChange }: CreateKeyProps) {
  const [made, setMade] = useState<KeyWithValue | null>(null);
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) setMade(null);
  };
  return (
    <Dialog
      title={made ? `The key “${isolated(made.name)}”` : "New API key"}
      open={open}
      onOpenChange={change}
      dismissible={made === null}
      {...(made && { className: "max-w-xl" })}
    >
      {made ? <KeyValue made={made} api={api} onDone={() => change(false)} /> : <KeyForm onMade={setMade} />}
    </Dialog>
  );
}
