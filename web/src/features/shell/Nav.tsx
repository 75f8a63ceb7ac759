"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

import { type Page, pageAt, pagesFor } from "@/features/shell/pages";
import { useMe } from "@/hooks/me";
import { cn } from "@/ui/cn";

const GROUPS = ["Work", "Organisation", "More"] as const;

/** The menu of pages, for this role. */
export function Nav({ onLeave }: { onLeave?: () => void }) {
  const { slug, isAdmin } = useMe();
  const pages = pagesFor(slug, isAdmin);
  const here = pageAt(pages, usePathname());
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
                  <NavLink page={page} isHere={page === here} {...(onLeave && { onLeave })} />
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function NavLink({ page, isHere, onLeave }: { page: Page; isHere: boolean; onLeave?: () => void }) {
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
    </Link>
  );
}
