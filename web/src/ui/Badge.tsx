import { cva, type VariantProps } from "class-variance-authority";
import type { ReactNode } from "react";

const look = cva("inline-flex items-center gap-1.5 rounded-sm px-1.5 text-xs leading-5 font-medium whitespace-nowrap", {
  variants: {
    tone: {
      neutral: "bg-hover text-muted",
      accent: "bg-accent-soft text-accent",
      good: "bg-good-soft text-good",
      warn: "bg-warn-soft text-warn",
      bad: "bg-bad-soft text-bad",
    },
  },
  defaultVariants: { tone: "neutral" },
});

export type Tone = NonNullable<VariantProps<typeof look>["tone"]>;

/** A word with a tone. The word carries the meaning, the colour repeats it. */
export function Badge({ tone, children }: { tone?: Tone; children: ReactNode }) {
  return <span className={look({ tone })}>{children}</span>;
}

const STATUS: Readonly<Record<string, { tone: Tone; says: string; moves?: boolean }>> = {
  pending: { tone: "neutral", says: "Pending" },
  running: { tone: "accent", says: "Running", moves: true },
  completed: { tone: "good", says: "Completed" },
  failed: { tone: "bad", says: "Failed" },
  cancelled: { tone: "neutral", says: "Cancelled" },
  delivered: { tone: "good", says: "Delivered" },
  dead: { tone: "bad", says: "Gave up" },
  active: { tone: "good", says: "Active" },
  awaiting_approval: { tone: "warn", says: "Awaiting approval" },
  removed: { tone: "neutral", says: "Removed" },
  open: { tone: "accent", says: "Open" },
  accepted: { tone: "good", says: "Accepted" },
  expired: { tone: "neutral", says: "Expired" },
  revoked: { tone: "neutral", says: "Revoked" },
};

/** The word for a status of the API's: "Gave up" for "dead". */
export function statusWord(of: string): string {
  return STATUS[of]?.says ?? of;
}

/** Where something stands, by the API's own word. A word that is new to us is shown as it is. */
export function Status({ of }: { of: string }) {
  const { tone, says, moves } = STATUS[of] ?? { tone: "neutral" as const, says: of };
  return (
    <Badge tone={tone}>
      <span aria-hidden className={`size-1.5 rounded-full bg-current ${moves ? "animate-pulse" : ""}`} />
      {says}
    </Badge>
  );
}
