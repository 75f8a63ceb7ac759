import { useId } from "react";

interface MeterProps {
  label: string;
  value: number;
  max: number;
  /** In words, beside the label: "57 of 100 left". */
  says: string;
  tone?: "accent" | "warn" | "bad";
}

/** How much of something there is. */
export function Meter({ label, value, max, says, tone = "accent" }: MeterProps) {
  const id = useId();
  const colour = { accent: "bg-accent", warn: "bg-warn", bad: "bg-bad" }[tone];
  const share = Math.min(1, Math.max(0, value / max));
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex justify-between gap-4 text-sm">
        <span id={id} className="text-muted">
          {label}
        </span>
        <span className="figures">{says}</span>
      </div>
      <div
        role="meter"
        aria-labelledby={id}
        aria-valuenow={value}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuetext={says}
        className="h-1.5 overflow-hidden rounded-full bg-hover"
      >
        <div className={`h-full rounded-full transition-[width] ${colour}`} style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
