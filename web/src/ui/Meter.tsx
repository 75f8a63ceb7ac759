import { Meter as Base } from "@base-ui/react/meter";

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
  const colour = { accent: "bg-accent", warn: "bg-warn", bad: "bg-bad" }[tone];
  return (
    <Base.Root value={value} max={max} getAriaValueText={() => says} className="flex flex-col gap-1.5">
      <div className="flex justify-between gap-4 text-sm">
        <Base.Label className="text-muted">{label}</Base.Label>
        <span className="figures">{says}</span>
      </div>
      <Base.Track className="h-1.5 overflow-hidden rounded-full bg-hover">
        <Base.Indicator className={`h-full rounded-full transition-[width] ${colour}`} />
      </Base.Track>
    </Base.Root>
  );
}
