"use client";

import { RotateCw } from "lucide-react";
import { useState } from "react";

import { useReplayFailed } from "@/hooks/webhooks";
import { count } from "@/lib/format";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FailureNote } from "@/ui/FailureBlock";
import { useToast } from "@/ui/Toast";

/** Sends everything once more that could not be delivered. */
export function ReplayFailed({ webhookId, disabledReason }: { webhookId: string; disabledReason: string | undefined }) {
  const [isAsking, setAsking] = useState(false);
  const toast = useToast();
  const { run, isRunning, words } = useReplayFailed(webhookId, ({ replayed }) => {
    setAsking(false);
    toast.done(replayed === 0 ? "There was nothing to replay" : `${count(replayed)} sent once more`);
  });
  return (
    <>
      <Button size="sm" disabledReason={disabledReason} onClick={() => setAsking(true)}>
        <RotateCw aria-hidden />
        Replay failed
      </Button>
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title="Replay all that failed?"
        action="Replay"
        danger={false}
        onConfirm={() => run()}
        isRunning={isRunning}
      >
        <p>Everything that could not be delivered to this webhook is sent once more, with the same ids and four new attempts each.</p>
        {words && (
          <div className="mt-3">
            <FailureNote words={words} />
          </div>
        )}
      </ConfirmDialog>
    </>
  );
}
