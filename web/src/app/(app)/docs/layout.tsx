import type { ReactNode } from "react";

import { ENTRIES } from "@/features/reference/entries";
import { Sidebar } from "@/features/reference/Sidebar";

/** The reference: the search and its list stay while the pages beside them change. */
export default function DocsLayout({ children }: { children: ReactNode }) {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[15rem_minmax(0,1fr)]">
      <div className="lg:sticky lg:top-20 lg:max-h-[calc(100dvh-6rem)] lg:overflow-y-auto">
        <Sidebar entries={ENTRIES} />
      </div>
      <div className="min-w-0">{children}</div>
    </div>
  );
}
