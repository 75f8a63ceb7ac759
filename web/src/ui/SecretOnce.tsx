"use client";

import type { ReactNode } from "react";

import { CopyButton } from "@/ui/CopyButton";

interface SecretOnceProps {
  /** What it is: "API key". */
  name: string;
  value: string;
  /** What to know about it, where "whoever has it can use it" is not so. */
  note?: ReactNode;
  onCopied?: () => void;
}

/** A secret, shown this one time. Put it into a dialog that is not `dismissible`. */
export function SecretOnce({ name, value, note, onCopied }: SecretOnceProps) {
  return (
    <div className="flex flex-col gap-2 rounded-md border border-warn-line bg-warn-soft p-3">
      <p className="text-sm text-warn">
        <strong className="font-semibold">Copy it now.</strong> This {name} is not shown again{note ? "." : "; whoever has it can use it."} {note}
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <code aria-label={name} className="min-w-0 flex-1 basis-56 rounded-md border border-line bg-surface px-2 py-1.5 font-mono text-sm break-all select-all">
          {value}
        </code>
        <CopyButton wide text={value} label={`Copy the ${name}`} {...(onCopied && { onCopied })} />
      </div>
    </div>
  );
}
