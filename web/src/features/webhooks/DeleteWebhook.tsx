"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { useMe } from "@/hooks/me";
import { useDeleteWebhook, type Webhook } from "@/hooks/webhooks";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FailureNote } from "@/ui/FailureBlock";
import { useToast } from "@/ui/Toast";

/** Takes an endpoint away, with the record of what was sent to it. */
export function DeleteWebhook({ webhook }: { webhook: Webhook }) {
  const [isAsking, setAsking] = useState(false);
  const { slug } = useMe();
  const router = useRouter();
  const toast = useToast();
  const { run, isRunning, words } = useDeleteWebhook(webhook.id, () => {
    toast.done("Webhook deleted");
    router.push(`/${slug}/webhooks`);
  });
  return (
    <ConfirmDialog
      trigger={
        <Button kind="quiet">
          <Trash2 aria-hidden />
          Delete
        </Button>
      }
      open={isAsking}
      onOpenChange={setAsking}
      title="Delete this webhook?"
      action="Delete webhook"
      onConfirm={() => run()}
      isRunning={isRunning}
    >
      <p>
        <span className="break-all text-ink">{webhook.url}</span> is told of nothing any more. The record of its deliveries goes too, and what waits to
        be sent is not sent. This cannot be undone.
      </p>
      {words && (
        <div className="mt-3">
          <FailureNote words={words} />
        </div>
      )}
    </ConfirmDialog>
  );
}
