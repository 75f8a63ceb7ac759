"use client";

import { Coins } from "lucide-react";
import Link from "next/link";

import { creditLevel } from "@/features/shell/credit-level";
import { useCredits } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { clock, count } from "@/lib/format";
import { cn } from "@/ui/cn";
import { Skeleton } from "@/ui/Skeleton";
import { Tooltip } from "@/ui/Tooltip";

const LOOK = {
  fine: "border-line text-ink",
  low: "border-warn-line bg-warn-soft text-warn",
  out: "border-bad-line bg-bad-soft text-bad",
} as const;

/** The balance, on every page: amber when it is low, red at 0, dashed while it may be old. */
export function CreditPill() {
  const { slug } = useMe();
  const { known, failure, isLoading } = useCredits();
  const label = known ? count(known.value.balance, "credit") : "Credits unknown";
  const age = known ? `Last updated ${clock(known.asOf)}${failure ? ". Can't be read right now" : ""}.` : "The balance can't be read right now.";
  if (isLoading && !known)
    return (
      <div role="status" className="flex h-8 items-center rounded-full border border-line px-3">
        <span className="sr-only">Loading: balance</span>
        <Skeleton className="w-20" />
      </div>
    );
  return (
    <Tooltip says={age}>
      <Link
        href={`/${slug}/billing`}
        prefetch={false}
        className={cn(
          "figures flex h-8 items-center gap-1.5 rounded-full border px-3 text-sm font-medium whitespace-nowrap hover:border-edge",
          LOOK[known ? creditLevel(known.value.balance) : "fine"],
          failure && "border-dashed border-edge",
        )}
      >
        <Coins aria-hidden className="size-4" />
        {label}
      </Link>
    </Tooltip>
  );
}
