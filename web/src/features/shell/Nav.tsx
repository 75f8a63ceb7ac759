"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

import { type Page, pageAt, pagesFor } from "@/features/shell/pages";
import { useMe } from "@/hooks/me";
import { useOrganisationAsAdmin } from "@/hooks/organisation";
import { count } from "@/lib/format";
import { cn } from "@/ui/cn";

const GROUPS = ["Work", "Organisation", "More"] as const;

/** The menu of pages, for this role. */
export function Nav({ onLeave }: { onLeave?: () => void }) {
  const { slug, isAdmin } = useMe();
  const pages = pagesFor(slug, isAdmin);
  const here = pageAt(pages, usePathname());
  const waiting = usePeopleWaiting();
  return (
    <nav aria-label="Pages" className="flex flex-col gap-5">
      {GROUPS.map((group) => (
        <div key={group}>
          {group !== "Work" && <p className="px-2.5 pb-1 text-xs font-medium text-muted">{group}</p>}
          <ul className="flex flex-col gap-0.5">
            {pages
              .filter((page) => page.group === group)
              .map((page) => (
                <li key={page.href}>
                  <NavLink page={page} isHere={page === here} waiting={page.showsWaiting ? waiting : 0} {...(onLeave && { onLeave })} />
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** How many people wait for an admin to let them in; 0 for a member, who cannot. */
export function usePeopleWaiting(): number {
  return useOrganisationAsAdmin()?.awaiting_approval ?? 0;
}

/** "1 person waiting". */
export function waitingPhrase(waiting: number): string {
  return `${count(waiting)} ${waiting === 1 ? "person" : "people"} waiting`;
}

function NavLink({ page, isHere, waiting, onLeave }: { page: Page; isHere: boolean; waiting: number; onLeave?: () => void }) {
  const Icon = page.icon;
  return (
    <Link
      href={page.href}
      prefetch={false} // a dozen pages that are made for the request are not worth making in advance
      aria-current={isHere ? "page" : undefined}
      onClick={onLeave}
      className={cn(
        "flex h-8 items-center gap-2.5 rounded-md px-2.5 outline-offset-0",
        isHere ? "bg-accent-soft font-medium text-accent" : "text-muted hover:bg-hover hover:text-ink",
      )}
    >
      <Icon aria-hidden className="size-4" />
      {page.label}
      {waiting > 0 && (
        <span className="figures ml-auto rounded-full bg-warn-soft px-1.5 text-xs leading-5 font-semibold text-warn">
          <span aria-hidden>{count(waiting)}</span>
          <span className="sr-only"> ({waitingPhrase(waiting)})</span>
        </span>
      )}
    </Link>
  );
}
