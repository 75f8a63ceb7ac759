"use client";

/**
 * The one place for what concerns every page. Of several only the most pressing is shown: out of credits, a payment
 * problem, a low balance, old or no data. That the organisation will be erased is shown beside any of them.
 */
import { CircleAlert, Info, Trash2, TriangleAlert } from "lucide-react";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

import { cn } from "@/ui/cn";

export const BANNER_ORDER = ["deletion", "out_of_credits", "payment", "low_balance", "offline", "news"] as const;
export type BannerKind = (typeof BANNER_ORDER)[number];

export interface BannerContent {
  text: string;
  /** A link or a button. */
  action?: ReactNode;
}

type Raised = Partial<Record<BannerKind, BannerContent>>;
type Raise = (kind: BannerKind, content: BannerContent | undefined) => void;

const RaisedContext = createContext<Raised>({});
const RaiseContext = createContext<Raise>(() => undefined);

export function BannerProvider({ children }: { children: ReactNode }) {
  const [raised, setRaised] = useState<Raised>({});
  const raise = useMemo<Raise>(() => (kind, content) => setRaised((before) => ({ ...before, [kind]: content })), []);
  return (
    <RaiseContext value={raise}>
      <RaisedContext value={raised}>{children}</RaisedContext>
    </RaiseContext>
  );
}

/** Show a banner for as long as `content` is given. Keep it in a `useMemo`, or it is raised at every render. */
export function useBanner(kind: BannerKind, content: BannerContent | undefined): void {
  const raise = useContext(RaiseContext);
  useEffect(() => {
    raise(kind, content);
    return () => raise(kind, undefined);
  }, [raise, kind, content]);
}

const LOOK = {
  deletion: { icon: Trash2, className: "border-bad-line bg-bad-soft text-bad" },
  out_of_credits: { icon: CircleAlert, className: "border-bad-line bg-bad-soft text-bad" },
  payment: { icon: CircleAlert, className: "border-bad-line bg-bad-soft text-bad" },
  low_balance: { icon: TriangleAlert, className: "border-warn-line bg-warn-soft text-warn" },
  offline: { icon: TriangleAlert, className: "border-warn-line bg-warn-soft text-warn" },
  news: { icon: Info, className: "border-line bg-accent-soft text-accent" },
} as const;

export function BannerSlot() {
  const raised = useContext(RaisedContext);
  const pressing = BANNER_ORDER.find((kind) => kind !== "deletion" && raised[kind]);
  return (
    <div role="status" aria-label="Notices">
      {raised.deletion && <Banner kind="deletion" {...raised.deletion} />}
      {pressing && raised[pressing] && <Banner kind={pressing} {...raised[pressing]} />}
    </div>
  );
}

export function Banner({ kind, text, action }: BannerContent & { kind: BannerKind }) {
  const { icon: Icon, className } = LOOK[kind];
  return (
    <div className={cn("flex items-start gap-2.5 border-b px-4 py-2 sm:px-6", className)}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="flex flex-wrap gap-x-3">
        <p className="font-medium wrap-anywhere">{text}</p>
        {action && <div className="underline-offset-2 [&_a]:font-medium [&_a]:underline [&_button]:font-medium [&_button]:underline [&_button]:underline-offset-2">{action}</div>}
      </div>
    </div>
  );
}
