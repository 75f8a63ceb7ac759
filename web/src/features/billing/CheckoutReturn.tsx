"use client";

/** What is said to whoever comes back from Stripe. The ledger decides, never the address. */
import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, Hourglass, LoaderCircle } from "lucide-react";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { type ReactNode, useEffect, useState } from "react";

import { forgetCheckout, keptCheckout } from "@/features/billing/kept-checkout";
import { STOP_LOOKING_AFTER, usePurchase } from "@/hooks/billing";
import { creditsKeys } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { useNow } from "@/lib/clock";
import { wordsFor } from "@/lib/failures";
import { count } from "@/lib/format";
import { Button } from "@/ui/Button";
import { cn } from "@/ui/cn";

const OUTCOMES = ["paid", "cancelled"] as const;

export function CheckoutReturn() {
  const { organisation } = useMe();
  const [outcome, setOutcome] = useQueryState("checkout", parseAsStringLiteral(OUTCOMES));
  const done = () => {
    forgetCheckout(organisation.id);
    void setOutcome(null);
  };
  if (outcome === "paid") return <Confirming onDone={done} />;
  if (outcome === "cancelled")
    return (
      <Notice tone="neutral" icon={<CircleSlash aria-hidden />} title="The checkout was cancelled" onDismiss={done}>
        Nothing was bought or charged. You can begin again whenever you like.
      </Notice>
    );
  return null;
}

function Confirming({ onDone }: { onDone: () => void }) {
  const { organisation } = useMe();
  const [round, setRound] = useState(() => ({ checkout: keptCheckout(organisation.id), since: Date.now() }));
  const { purchase, failure } = usePurchase(round.checkout, round.since);
  const isLate = useNow(1000, purchase === null).getTime() > round.since + STOP_LOOKING_AFTER;
  useFreshBalance(purchase !== null);
  if (purchase)
    return (
      <Notice tone="good" icon={<CircleCheck aria-hidden />} title={`${count(purchase.amount, "credit")} were added`} onDismiss={onDone}>
        The payment is confirmed and in the ledger: <bdi>{purchase.description}</bdi>. The balance after it was {count(purchase.balance_after)}.
      </Notice>
    );
  if (isLate) {
    const again = () => setRound({ ...round, since: Date.now() });
    return (
      <Notice tone="warn" icon={<Hourglass aria-hidden />} title="The payment is not confirmed yet" onDismiss={onDone} onAgain={again}>
        Stripe has not told us of it. Some ways of paying take days. If the payment goes through, the credits are added by themselves; you need
        not stay here, and need not pay again.
      </Notice>
    );
  }
  return (
    <Notice tone="neutral" icon={<LoaderCircle aria-hidden className="animate-spin" />} title="Confirming payment…" onDismiss={onDone}>
      {failure ? `${wordsFor(failure).title}. We keep looking.` : "Waiting for Stripe to tell us. It takes a few seconds; the credits are added by themselves."}
    </Notice>
  );
}

/** Once the purchase is there, balance and ledger are old. */
function useFreshBalance(hasLanded: boolean): void {
  const memory = useQueryClient();
  useEffect(() => {
    if (!hasLanded) return;
    for (const queryKey of [creditsKeys.balance, creditsKeys.transactions]) void memory.invalidateQueries({ queryKey });
  }, [hasLanded, memory]);
}

const LOOK = {
  neutral: "border-line bg-surface [&>svg]:text-muted",
  good: "border-line bg-good-soft [&>svg]:text-good",
  warn: "border-warn-line bg-warn-soft [&>svg]:text-warn",
} as const;

interface NoticeProps {
  tone: keyof typeof LOOK;
  icon: ReactNode;
  title: string;
  children: ReactNode;
  onDismiss: () => void;
  onAgain?: () => void;
}

function Notice({ tone, icon, title, children, onDismiss, onAgain }: NoticeProps) {
  return (
    <div role="status" className={cn("flex items-start gap-3 rounded-lg border p-4 [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0", LOOK[tone])}>
      {icon}
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        <p className="text-sm">{children}</p>
        {onAgain && (
          <Button size="sm" className="mt-2" onClick={onAgain}>
            Look again
          </Button>
        )}
      </div>
      <Button size="sm" kind="quiet" onClick={onDismiss}>
        Dismiss
      </Button>
    </div>
  );
}
