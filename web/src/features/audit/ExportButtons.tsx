"use client";

import { ChevronDown, Download } from "lucide-react";

import { type AuditFilter, auditKeys } from "@/hooks/audit";
import { useChange } from "@/lib/change";
import { download } from "@/lib/download";
import { Button } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { useToast } from "@/ui/Toast";
import { asApiError } from "@/lib/failure";
import { wordsFor } from "@/lib/failures";

type Format = "csv" | "jsonl";

/** All entries that the filters leave, as a file. */
export function ExportButtons({ filter }: { filter: AuditFilter }) {
  const toast = useToast();
  const { run, isRunning } = useChange({
    send: (format: Format) => download("/v1/audit-events/export", { ...filter, format }, `audit-events.${format}`),
    onDone: () => void toast.done("The file is downloaded"),
    refresh: [auditKeys.all], // that somebody did is an entry too
  });
  const fetchFile = (format: Format) =>
    run(format, { onError: (thrown) => void toast.failed(wordsFor(asApiError(thrown), { doing: "export the audit log", changing: true })) });
  return (
    <Menu
      trigger={
        <Button loading={isRunning}>
          <Download aria-hidden />
          Export
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      <MenuItem onSelect={() => fetchFile("csv")}>CSV, for a spreadsheet</MenuItem>
      <MenuItem onSelect={() => fetchFile("jsonl")}>JSON, one entry a line</MenuItem>
    </Menu>
  );
}
