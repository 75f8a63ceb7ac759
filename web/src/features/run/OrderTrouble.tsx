"use client";

import { useMe } from "@/hooks/me";
import type { Submission } from "@/hooks/run";
import { kindOf } from "@/lib/failure";
import { UNANSWERED, wordsForOrder } from "@/lib/order-failures";
import { Button } from "@/ui/Button";
import { FailureNote } from "@/ui/FailureBlock";

/** Why the last order did not go through, whether it was accepted, and the way on. */
export function OrderTrouble({ submission }: { submission: Submission }) {
  const { user } = useMe();
  const { failure, open, isSending, wasOffline, sendAgain, drop } = submission;
  if (isSending) return null;
  const isFromBefore = failure === null && open?.isUncertain;
  if (!failure && !isFromBefore) return null;
  const words = failure ? wordsForOrder(failure, wasOffline, { role: user.role }) : UNANSWERED;
  const waits = failure !== null && kindOf(failure) === "rate_limited";
  return (
    <div className="flex flex-col items-start gap-2">
      <div className="w-full">
        <FailureNote key={open?.key} words={words} onRetry={open ? sendAgain : undefined} />
      </div>
      {open && (
        <Button kind="quiet" size="sm" onClick={drop}>
          {waits ? "Don't send it" : "Discard this request"}
        </Button>
      )}
    </div>
  );
}
