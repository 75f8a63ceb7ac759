"use client";

import { creditLevel } from "@/features/shell/credit-level";
import { useCredits } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { clock, count } from "@/lib/format";
import { Figure } from "@/ui/Figures";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

const TONE = { fine: "ink", low: "warn", out: "bad" } as const;

/** The balance, its age, and what is owed. */
export function BalanceCard({ className }: { className?: string }) {
  const { isAdmin } = useMe();
  const reading = useCredits();
  const { known, failure } = reading;
  return (
    <Panel title="Balance" className={className} reading={reading} skeleton={<Skeleton className="h-9 w-36" />}>
      {({ balance, debt }) => (
        <Figure
          value={count(balance)}
          unit={balance === 1 ? "credit" : "credits"}
          tone={TONE[creditLevel(balance)]}
          note={
            <div className="flex flex-col gap-1">
              {debt > 0 && <p className="text-bad">{count(debt, "credit")} owed after a refund or dispute. New jobs are refused until that is paid; credits that you add pay it first.</p>}
              {!isAdmin && balance <= 0 && <p>Ask an admin of your organisation for credits.</p>}
              {!failure && known && <p>Updated {clock(known.asOf)}</p>}
            </div>
          }
        />
      )}
    </Panel>
  );
}
