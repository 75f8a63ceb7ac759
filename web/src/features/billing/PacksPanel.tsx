"use client";

import { CreditCard, ExternalLink } from "lucide-react";
import { useEffect, useState } from "react";

import { checkoutAddress } from "@/features/billing/checkout-address";
import { keepCheckout } from "@/features/billing/kept-checkout";
import { type Pack, useCreditSource, usePacks } from "@/hooks/packs";
import { useTransactions } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { count } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Empty } from "@/ui/Empty";
import { FailureNote } from "@/ui/FailureBlock";
import { Money } from "@/ui/Figures";
import { AskOperator } from "@/ui/GetCredits";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

type PacksProps = { className: string; stripeBase: string | null };

/** What is sold; a button leads to Stripe's page. */
export function PacksPanel({ className, stripeBase }: PacksProps) {
  const reading = usePacks();
  const { buy, chosen, words } = useBuying(stripeBase);
  const source = useCreditSource();
  if (source?.from === "operator") return <NotSold className={className} contact={source.contact} />;
  return (
    <Panel
      title="Buy credits"
      note="Paid at Stripe. The credits are here as soon as Stripe confirms the payment."
      className={className}
      reading={reading}
      skeleton={<PacksSkeleton />}
    >
      {({ items }) => (
        <div className="flex flex-col gap-3">
          {words && <FailureNote words={words} />}
          <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
            {items.map((pack) => (
              <PackOffer key={pack.id} pack={pack} onBuy={() => buy(pack)} isLeaving={chosen === pack.id} isOther={chosen !== null && chosen !== pack.id} />
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

/** Open a checkout and go there. The button stays busy until the page is gone; coming back by "Back" frees it. */
function useBuying(stripeBase: string | null) {
  const { organisation } = useMe();
  const newest = useTransactions().known?.value[0]?.seq ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const { run, words } = useChange({
    send: async (pack: Pack, key) => {
      const { url } = await call(v1.openCheckout({ body: { pack_id: pack.id }, headers: { "Idempotency-Key": key } }));
      return checkoutAddress(url, stripeBase);
    },
    onDone: (address, pack) => {
      keepCheckout(organisation.id, { seq: newest, at: Date.now(), credits: pack.credits });
      window.location.assign(address);
    },
    asker: { doing: "buy credits" },
  });
  useEffect(() => {
    const free = () => setChosen(null);
    window.addEventListener("pageshow", free);
    return () => window.removeEventListener("pageshow", free);
  }, []);
  const buy = (pack: Pack) => {
    setChosen(pack.id);
    run(pack, { onError: () => setChosen(null) });
  };
  return { buy, chosen, words };
}

interface OfferProps {
  pack: Pack;
  onBuy: () => void;
  isLeaving: boolean;
  isOther: boolean;
}

function PackOffer({ pack, onBuy, isLeaving, isOther }: OfferProps) {
  return (
    <li className="flex flex-col gap-3 rounded-md border border-line p-3">
      <div>
        <p dir="auto" className="text-sm text-muted">
          {pack.name}
        </p>
        <p className="figures text-lg font-semibold">{count(pack.credits, "credit")}</p>
        <p className="text-muted">
          <Money amount={pack.amount} currency={pack.currency} decimals={pack.amount_exponent} />
        </p>
      </div>
      <Button
        size="sm"
        className="mt-auto"
        aria-label={`Buy ${pack.name}: ${count(pack.credits, "credit")}`}
        loading={isLeaving}
        disabledReason={isOther ? "A checkout is being opened." : undefined}
        onClick={onBuy}
      >
        Buy
        <ExternalLink aria-hidden />
      </Button>
    </li>
  );
}

/** Nothing to buy: whom to ask. */
function NotSold({ className, contact }: { className: string; contact: string | null }) {
  return (
    <Card title="Add credits" className={className}>
      <Empty icon={<CreditCard aria-hidden />} title="Online payment isn't set up">
        <AskOperator contact={contact} />
      </Empty>
    </Card>
  );
}

function PacksSkeleton() {
  return (
    <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {[1, 2, 3].map((pack) => (
        <Skeleton key={pack} className="h-32" />
      ))}
    </div>
  );
}
