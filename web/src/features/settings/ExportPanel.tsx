"use client";

import { Download } from "lucide-react";

import { useChange } from "@/lib/change";
import { download } from "@/lib/download";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { FailureNote } from "@/ui/FailureBlock";
import { useToast } from "@/ui/Toast";

/** Everything that the organisation has here, as one file. */
export function ExportPanel() {
  const toast = useToast();
  const { run, isRunning, words } = useChange({
    send: () => download("/v1/organisation/export", {}, "organisation.jsonl"),
    onDone: () => void toast.done("The file is downloaded"),
    asker: { doing: "export the organisation's data" },
  });
  return (
    <Card title="Data export">
      <div className="flex flex-col items-start gap-3">
        <p className="max-w-xl text-muted">
          Everything that your organisation has here, one JSON object a line: people, jobs, ledger, webhooks, audit. Secrets and the links of invitations
          are not in it. That you download it is entered in the audit log.
        </p>
        {words && <FailureNote words={words} onRetry={() => run()} />}
        <Button loading={isRunning} onClick={() => run()}>
          <Download aria-hidden />
          Download everything
        </Button>
      </div>
    </Card>
  );
}
