"use client";

import { type ReactNode, useEffect, useRef } from "react";

import { SIGNATURE_CHECK } from "@/features/webhooks/samples";
import { CodeSample } from "@/ui/CodeSample";
import { SecretOnce } from "@/ui/SecretOnce";

/** A webhook's secret, this once, and how a receiver checks signatures with it. Children: what follows. */
export function SecretShown({ secret, note, children }: { secret: string; note?: ReactNode; children: ReactNode }) {
  const start = useRef<HTMLDivElement>(null);
  useEffect(() => start.current?.focus(), []); // the form that had the focus is gone
  return (
    <div ref={start} tabIndex={-1} className="flex min-w-0 flex-col gap-4 outline-none">
      <SecretOnce name="secret" value={secret} />
      {note && <p className="text-sm text-muted">{note}</p>}
      <p className="text-sm text-muted">Your receiver checks with it that an event is ours:</p>
      <CodeSample label="Signature check" samples={SIGNATURE_CHECK} />
      {children}
    </div>
  );
}
