"use client";

import { Send } from "lucide-react";

import { useSendTest } from "@/hooks/webhooks";
import { Button } from "@/ui/Button";
import { useToast } from "@/ui/Toast";
import { useFailureToast } from "@/ui/useFailureToast";

/** Has a `webhook.test` event sent. What becomes of it stands among the deliveries. */
export function TestButton({ id, disabledReason }: { id: string; disabledReason?: string | undefined }) {
  const toast = useToast();
  const { run, isRunning, words } = useSendTest(id, () => toast.done("Test event on its way", "See the deliveries for what your server answers."));
  useFailureToast(words);
  return (
    <Button loading={isRunning} disabledReason={disabledReason} onClick={() => run()}>
      <Send aria-hidden />
      Send a test
    </Button>
  );
}
