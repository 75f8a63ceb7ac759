"use client";

import { useEffect, useState } from "react";

import { changedParts, type Draft, draftShape, type Values } from "@/features/settings/draft";
import { forget, keep, kept } from "@/lib/kept";

/** The draft of an organisation's settings: what was kept in this tab, or what stands there now. */
export function useDraft(organisationId: string, now: Values) {
  const name = `settings:${organisationId}`;
  const [draft, setDraft] = useState<Draft>(() => kept(name, draftShape) ?? { base: now, values: now });
  const [wasKept] = useState(() => changedParts(draft).length > 0);
  const isDirty = changedParts(draft).length > 0;
  // Nothing entered: what was changed elsewhere is taken over as it comes.
  const shown = isDirty ? draft : { base: now, values: now };
  useEffect(() => {
    if (isDirty) keep(name, draft);
    else forget(name);
  }, [name, draft, isDirty]);
  useWarningBeforeLeaving(isDirty);
  return {
    draft: shown,
    isDirty,
    wasKept,
    enter: (entered: Partial<Values>) => setDraft({ base: shown.base, values: { ...shown.values, ...entered } }),
    /** Begin from what stands there now; what was entered stays, unless it is dropped. */
    rebase: (base: Values) => setDraft({ base, values: shown.values }),
    drop: (base: Values) => setDraft({ base, values: base }),
  };
}

/** The browser asks before this tab is closed or leads elsewhere. */
function useWarningBeforeLeaving(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isDirty]);
}
