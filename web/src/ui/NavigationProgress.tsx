"use client";

/** A line at the top of the screen from a click on a link until the new page is there, however slow the line is. */
import { usePathname, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";

import { SlowNotice } from "@/ui/SlowNotice";

/** Whether a click leads this window to another page of the application. */
function leadsToPage(event: MouseEvent): boolean {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link?.href || link.hasAttribute("download") || (link.target && link.target !== "_self")) return false;
  const { origin, pathname, search } = new URL(link.href);
  return origin === location.origin && pathname + search !== location.pathname + location.search;
}

export function NavigationProgress() {
  const here = `${usePathname()}?${useSearchParams()}`;
  const [leftFrom, setLeftFrom] = useState<string | null>(null);

  useEffect(() => {
    const clicked = (event: MouseEvent) => {
      if (leadsToPage(event)) setLeftFrom(here);
    };
    document.addEventListener("click", clicked, { capture: true });
    return () => document.removeEventListener("click", clicked, { capture: true });
  }, [here]);

  if (leftFrom !== here) return null;
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-0 z-50">
      <div className="progress-line h-0.5 bg-accent" />
      <span className="sr-only">Loading the page</span>
      <SlowNotice className="mx-auto mt-2 w-fit rounded-md border border-line bg-surface px-3 py-1.5 shadow-sm" />
    </div>
  );
}
