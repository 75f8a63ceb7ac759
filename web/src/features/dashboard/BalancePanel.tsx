"use client";

import { creditLevel } from "@/features/shell/credit-level";
import { useCreditSource } from "@/hooks/packs";
import { useCredits } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { clock, count } from "@/lib/format";
import { ButtonLink } from "@/ui/Button";
import { Figure } from "@/ui/Figures";
import { AskOperator } from "@/ui/GetCredits";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

const TONE = { fine: "ink", low: "warn", out: "bad" } as const;

/** The balance and its age. */
export function BalancePanel() {
  const { slug, isAdmin } = useMe();
  const source = useCreditSource();
  const reading = useCredits();
  const { known, failure } = reading;
  return (
    <Panel
      title="Balance"
      reading={reading}
      actions={
        isAdmin &&
        source?.from === "packs" && (
          <ButtonLink size="sm" href={`/${slug}/billing`}>
            Buy credits
          </ButtonLink>
        )
      }
      skeleton={
        <>
          <Skeleton className="h-9 w-36" />
          <Skeleton className="mt-1 h-4 w-28" />
        </>
      }
    >
      {({ balance, debt }) => (
        <Figure
          value={count(balance)}
          unit={balance === 1 ? "credit" : "credits"}
          tone={TONE[creditLevel(balance)]}
          note={
            <>
              {debt > 0 && <p className="text-bad">{count(debt, "credit")} owed; credits that you add pay that first.</p>}
              {isAdmin && source?.from === "operator" && <AskOperator contact={source.contact} />}
              {!failure && known && <p>Updated {clock(known.asOf)}</p>}
            </>
          }
        />
      )}
    </Panel>
  );
}
