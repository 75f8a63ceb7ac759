import { count, money, signed } from "@/lib/format";
import { cn } from "@/ui/cn";

/** An amount of credits: "1,200". With `change` it has its sign, and a plus is green. */
export function Credits({ amount, change = false, className }: { amount: number; change?: boolean; className?: string }) {
  const text = change ? signed(amount) : count(amount);
  return <span className={cn("figures whitespace-nowrap", change && amount > 0 && "text-good", className)}>{text}</span>;
}

/** An amount in a currency's smallest unit as Stripe counts it, which has so many decimals: "$10.00". */
export function Money({ amount, currency, decimals }: { amount: number; currency: string; decimals: number }) {
  return <span className="figures whitespace-nowrap">{money(amount, currency, decimals)}</span>;
}

interface FigureProps {
  value: string;
  unit?: string;
  /** Under it: since when, of what. */
  note?: React.ReactNode;
  tone?: "ink" | "warn" | "bad";
}

/** The one number that a card is about. */
export function Figure({ value, unit, note, tone = "ink" }: FigureProps) {
  const colour = { ink: "text-ink", warn: "text-warn", bad: "text-bad" }[tone];
  return (
    <div>
      <p className="flex items-baseline gap-1.5">
        <output className={cn("figures text-2xl font-semibold tracking-tight", colour)}>{value}</output>
        {unit && <span className="text-muted">{unit}</span>}
      </p>
      {note && <div className="figures text-sm text-muted">{note}</div>}
    </div>
  );
}
