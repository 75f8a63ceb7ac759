"use client";

/** On every page, for every admin: that the organisation will be erased, when, and how to keep it. */
import { useMemo } from "react";

import { auditKeys } from "@/hooks/audit";
import { useMe } from "@/hooks/me";
import { organisationKeys, useOrganisationAsAdmin } from "@/hooks/organisation";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { isolated, longDay } from "@/lib/format";
import { useBanner } from "@/ui/Banner";
import { useToast } from "@/ui/Toast";
import { useFailureToast } from "@/ui/useFailureToast";

export function DeletionBanner() {
  const { organisation } = useMe();
  const erasedAfter = useOrganisationAsAdmin()?.erased_after ?? null;
  const toast = useToast();
  const { run, isRunning, words } = useChange({
    send: () => call(v1.keepOrganisation()),
    refresh: [organisationKeys.all, auditKeys.all],
    onDone: () => void toast.done("The organisation will be kept"),
    asker: { doing: "keep the organisation" },
  });
  useFailureToast(words);
  const content = useMemo(() => {
    if (erasedAfter === null) return undefined;
    const action = (
      <button type="button" aria-busy={isRunning || undefined} onClick={() => !isRunning && run()}>
        Keep it
      </button>
    );
    return { text: `${isolated(organisation.name)} will be erased on ${longDay(new Date(erasedAfter))}.`, action };
  }, [erasedAfter, organisation.name, isRunning, run]);
  useBanner("deletion", content);
  return null;
}
