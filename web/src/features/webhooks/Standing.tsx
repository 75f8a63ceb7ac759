import type { Webhook } from "@/hooks/webhooks";
import { Badge } from "@/ui/Badge";

/** How an endpoint stands, in a word. */
export function Standing({ of }: { of: Pick<Webhook, "enabled" | "failing_since" | "disabled_reason"> }) {
  if (of.enabled) return of.failing_since ? <Badge tone="warn">Failing</Badge> : <Badge tone="good">Active</Badge>;
  if (of.disabled_reason === "switched_off") return <Badge>Switched off</Badge>;
  return <Badge tone="bad">Disabled</Badge>;
}
