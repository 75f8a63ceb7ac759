"use client";

import { AlertDialog as Base } from "@base-ui/react/alert-dialog";
import { type FormEvent, type ReactElement, type ReactNode, useState } from "react";

import { isolated } from "@/lib/format";
import { Button } from "@/ui/Button";
import { DialogActions, DialogBody } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { backdropLook, dialogLook, titleLook } from "@/ui/popup";

interface ConfirmDialogProps {
  trigger?: ReactElement<Record<string, unknown>>;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** What will happen, and what cannot be undone. */
  children: ReactNode;
  /** The verb on the button: "Revoke key". */
  action: string;
  onConfirm: () => void;
  isRunning?: boolean;
  /** Must be typed first, for what cannot be undone: an organisation's name. */
  typed?: string;
  danger?: boolean;
}

/** Asks before something that matters. It stays open while the work runs; whoever opened it closes it when done. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { trigger, open, onOpenChange, title, children } = props;
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      {trigger && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Backdrop className={backdropLook} />
        <Base.Viewport className="fixed inset-0 z-50 flex items-end justify-center p-2 sm:items-start sm:p-4 sm:pt-[12vh]">
          <Base.Popup className={dialogLook}>
            <Base.Title dir="auto" className={titleLook}>
              {title}
            </Base.Title>
            <DialogBody>
              <Base.Description render={<div />} className="text-muted">
                {children}
              </Base.Description>
              <Confirmation {...props} />
            </DialogBody>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

function Confirmation({ action, onConfirm, isRunning = false, typed, danger = true }: ConfirmDialogProps) {
  const [entered, setEntered] = useState("");
  const isMissing = typed !== undefined && entered.trim() !== typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isMissing && !isRunning) onConfirm();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {typed !== undefined && (
        <Field
          label={
            <>
              Type <bdi className="font-semibold break-all">{typed}</bdi> to confirm
            </>
          }
        >
          <Input value={entered} onValueChange={setEntered} autoComplete="off" spellCheck={false} />
        </Field>
      )}
      <DialogActions>
        <Base.Close render={<Button>Cancel</Button>} />
        <Button
          type="submit"
          kind={danger ? "danger" : "primary"}
          loading={isRunning}
          disabledReason={isMissing ? `Type ${isolated(typed)} first.` : undefined}
        >
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
