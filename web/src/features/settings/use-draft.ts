"use client";

import { useEffect, useState } from "react";

import { changedParts, conflictsOf, type Draft, draftShape, type Part, type Values } from "@/features/settings/draft";
import { forget, keep, kept } from "@/lib/kept";

/** The draft of an organisation's settings: what was kept in this tab, or what stands there now. */
export function useDraft(organisationId: string, now: Values) {
  const name = `settings:${organisationId}`;
  const [draft, setDraft] = useState<Draft>(() => kept(name, draftShape) ?? { base: now, values: now });
  const [overtaken, setOvertaken] = useState<readonly Part[]>([]);
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
    /** What somebody else has changed meanwhile, and whoever saves would replace. */
    overtaken: [...new Set([...overtaken, ...conflictsOf(shown, now)])],
    /** Begin from what stands there now; what was entered stays, and it is still said what it would replace. */
    rebase: (base: Values) => {
      setOvertaken(conflictsOf(shown, base));
      setDraft({ base, values: shown.values });
    },
    drop: (base: Values) => {
      setOvertaken([]);
      setDraft({ base, values: base });
    },
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
