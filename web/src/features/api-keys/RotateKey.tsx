"use client";

import { useState } from "react";

import { KeyValue } from "@/features/api-keys/KeyValue";
import { type ApiKey, type KeyWithValue, useRotateKey } from "@/hooks/api-keys";
import { useMe } from "@/hooks/me";
import { isolated } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions, DialogClose } from "@/ui/Dialog";
import { FailureNote } from "@/ui/FailureBlock";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";

const OVERLAPS = [
  { value: "0", label: "Ends at once", hint: "For a key that leaked" },
  { value: "3600", label: "1 hour more" },
  { value: "86400", label: "1 day more" },
  { value: "259200", label: "3 days more" },
  { value: "604800", label: "7 days more" },
] as const;

type Overlap = (typeof OVERLAPS)[number]["value"];

interface RotateKeyProps {
  of: ApiKey;
  api: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Gives a key a new value, shown this once; how long the old one holds is chosen. */
export function RotateKey({ of, api, open, onOpenChange }: RotateKeyProps) {
  const [made, setMade] = useState<KeyWithValue | null>(null);
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) setMade(null);
  };
  return (
    <Dialog
      title={made ? `The new value of “${isolated(of.name)}”` : `Rotate “${isolated(of.name)}”`}
      {...(!made && { description: "It gets a new value, and keeps its name, scopes and end." })}
      open={open}
      onOpenChange={change}
      dismissible={made === null}
      {...(made && { className: "max-w-xl" })}
    >
      {made ? <KeyValue made={made} api={api} onDone={() => change(false)} /> : <RotateForm of={of} onMade={setMade} />}
    </Dialog>
  );
}

function RotateForm({ of, onMade }: { of: ApiKey; onMade: (made: KeyWithValue) => void }) {
  const { user } = useMe();
  const [overlap, setOverlap] = useState<Overlap>("86400");
  const { run, isRunning, words } = useRotateKey(of.id, onMade);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRunning) run(Number(overlap));
      }}
    >
      <Field label="The old value" hint="Long enough to change it wherever the key is used">
        <Select options={OVERLAPS} value={overlap} onChange={setOverlap} />
      </Field>
      {of.user_id !== user.id && <p className="text-sm text-muted">You answer for the key from then on: it does what you may do, and ends if you leave.</p>}
      {words && <FailureNote words={words} />}
      <DialogActions>
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" kind="primary" loading={isRunning}>
          Rotate key
        </Button>
      </DialogActions>
    </form>
  );
}
