"use client";

import { Search } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { type FormEvent, useState } from "react";

import { Method } from "@/features/reference/Method";
import { type Entry, findEntries } from "@/features/reference/search";
import { cn } from "@/ui/cn";
import { controlLook } from "@/ui/Field";

/** The search, and below it everything that it finds; without words every operation. Enter opens the first. */
export function Sidebar({ entries }: { entries: readonly Entry[] }) {
  const [asked, setAsked] = useState(useSearchParams()?.get("q") ?? ""); // Enter before the script was there
  const router = useRouter();
  const path = usePathname();
  const found = asked.trim() === "" ? entries.filter(({ kind }) => kind === "operation") : findEntries(entries, asked);
  const open = (event: FormEvent) => {
    event.preventDefault();
    if (asked.trim() && found[0]) router.push(found[0].href);
  };
  return (
    <div className="flex min-h-0 flex-col gap-3">
      <form role="search" action="/docs" onSubmit={open} className="relative">
        <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-muted" />
        <input
          type="search"
          dir="auto"
          name="q"
          aria-label="Search operations, shapes and errors"
          placeholder="Search"
          value={asked}
          onChange={(event) => setAsked(event.target.value)}
          className={cn(controlLook, "h-9 pl-8")}
        />
        <p role="status" className="sr-only">
          {asked.trim() && `${found.length} found`}
        </p>
      </form>
      {/* On a small screen it stands above the page, so it is there only while something is looked for. */}
      <nav aria-label="Reference" className={cn("flex min-h-0 flex-col gap-4 lg:pb-4", !asked.trim() && "max-lg:hidden")}>
        {found.length === 0 && <p className="px-2 text-sm text-muted">Nothing is called that.</p>}
        {groupsOf(found).map(([group, items]) => (
          <div key={group}>
            <p className="px-2 pb-1 text-xs font-medium text-muted">{group}</p>
            <ul>
              {items.map((entry) => (
                <li key={entry.href}>
                  <EntryLink entry={entry} isHere={entry.href === path} onLeave={() => setAsked("")} />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </div>
  );
}

function EntryLink({ entry, isHere, onLeave }: { entry: Entry; isHere: boolean; onLeave: () => void }) {
  return (
    <Link
      href={entry.href}
      prefetch={false}
      aria-current={isHere ? "page" : undefined}
      onClick={onLeave}
      className={cn(
        "flex min-h-8 items-center justify-between gap-2 rounded-md px-2 py-1 text-sm outline-offset-0",
        isHere ? "bg-accent-soft font-medium text-accent" : "text-muted hover:bg-hover hover:text-ink",
      )}
    >
      <span className={cn("min-w-0", entry.kind !== "operation" && "font-mono text-xs break-all")}>{entry.title}</span>
      {entry.kind === "operation" ? <Method of={entry.mark} /> : <span className="figures text-xs">{entry.mark}</span>}
    </Link>
  );
}

function groupsOf(entries: readonly Entry[]): [string, Entry[]][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups];
}
