"use client";

import { useEffect, useRef } from "react";

import { firstCall } from "@/features/api-keys/samples";
import type { KeyWithValue } from "@/hooks/api-keys";
import { Button } from "@/ui/Button";
import { CodeSample } from "@/ui/CodeSample";
import { DialogActions } from "@/ui/Dialog";
import { SecretOnce } from "@/ui/SecretOnce";
import { Time } from "@/ui/Time";

/** A key's value, this once, and a call that uses it. */
export function KeyValue({ made, api, onDone }: { made: KeyWithValue; api: string; onDone: () => void }) {
  const start = useRef<HTMLDivElement>(null);
  useEffect(() => start.current?.focus(), []); // the form that had the focus is gone
  return (
    <div ref={start} tabIndex={-1} className="flex min-w-0 flex-col gap-4 outline-none">
      <SecretOnce name="API key" value={made.value} />
      {made.previous_until && (
        <p className="text-sm text-muted">
          The old value holds until <Time at={made.previous_until} />.
        </p>
      )}
      <p className="text-sm text-muted">
        Keep it where programs find their secrets, as <code className="font-mono text-ink">NEXUS_API_KEY</code>, and never in code. Then:
      </p>
      <CodeSample label="A first call" samples={firstCall(api)} />
      <DialogActions>
        <Button kind="primary" onClick={onDone}>
          I have copied it
        </Button>
      </DialogActions>
    </div>
  );
}
