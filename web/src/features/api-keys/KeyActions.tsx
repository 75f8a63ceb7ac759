"use client";

import { Ellipsis, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";

import { RotateKey } from "@/features/api-keys/RotateKey";
import { type ApiKey, useRevokeKey } from "@/hooks/api-keys";
import { isolated } from "@/lib/format";
import { IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FailureNote } from "@/ui/FailureBlock";
import { Menu, MenuItem } from "@/ui/Menu";
import { useToast } from "@/ui/Toast";

interface KeyActionsProps {
  of: ApiKey;
  api: string;
  /** An expired key has nothing to rotate: a new value would hold no longer. */
  canRotate: boolean;
}

/** What one does with a key: rotate, revoke. */
export function KeyActions({ of, api, canRotate }: KeyActionsProps) {
  const [asked, setAsked] = useState<"rotate" | "revoke" | null>(null);
  const close = (open: boolean) => !open && setAsked(null);
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${of.name}`}>
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <MenuItem onSelect={() => setAsked("rotate")} disabled={!canRotate}>
          <RefreshCw aria-hidden />
          Rotate…
        </MenuItem>
        <MenuItem onSelect={() => setAsked("revoke")} danger>
          <Trash2 aria-hidden />
          Revoke…
        </MenuItem>
      </Menu>
      <RotateKey of={of} api={api} open={asked === "rotate"} onOpenChange={close} />
      <RevokeKey of={of} open={asked === "revoke"} onOpenChange={close} />
    </>
  );
}

function RevokeKey({ of, open, onOpenChange }: { of: ApiKey; open: boolean; onOpenChange: (open: boolean) => void }) {
  const toast = useToast();
  const { run, isRunning, words } = useRevokeKey(of.id, () => {
    onOpenChange(false);
    toast.done("Key revoked", `“${isolated(of.name)}” can no longer be used.`);
  });
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Revoke “${isolated(of.name)}”?`}
      action="Revoke key"
      onConfirm={() => run()}
      isRunning={isRunning}
    >
      <p>
        Every program that uses <code className="font-mono text-ink">{of.prefix}…</code> is refused from its next request on. This cannot be undone.
      </p>
      {words && (
        <div className="mt-3">
          <FailureNote words={words} />
        </div>
      )}
    </ConfirmDialog>
  );
}
