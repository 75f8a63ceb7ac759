import { Badge, type Tone } from "@/ui/Badge";

const TONES: Readonly<Record<string, Tone>> = { GET: "accent", POST: "good", PATCH: "warn", DELETE: "bad" };

/** GET, POST, PATCH, DELETE. */
export function Method({ of }: { of: string }) {
  return (
    <Badge tone={TONES[of] ?? "neutral"}>
      <span className="font-mono">{of}</span>
    </Badge>
  );
}
