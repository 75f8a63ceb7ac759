"use client";

import { useState } from "react";

import { leaveForGood } from "@/features/sign-in/session";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FailureNote } from "@/ui/FailureBlock";

/** End every session of one's own, this one too. */
export function SignOutEverywhere() {
  const [isAsking, setAsking] = useState(false);
  const { run, isRunning, words } = useChange({
    send: () => call(v1.endAllSessions()),
    onDone: () => void leaveForGood(),
  });
  return (
    <div>
      <ConfirmDialog
        trigger={<Button>Sign out everywhere…</Button>}
        open={isAsking}
        onOpenChange={setAsking}
        title="Sign out everywhere?"
        action="Sign out everywhere"
        onConfirm={() => run()}
        isRunning={isRunning}
      >
        <div className="flex flex-col gap-3">
          <p>All your sessions end at once, this one too: browsers, programs, every device. API keys go on.</p>
          {words && <FailureNote words={words} onRetry={() => run()} />}
        </div>
      </ConfirmDialog>
    </div>
  );
}
