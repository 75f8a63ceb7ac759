/** The last balance that was read, kept in this tab for the next load of a page. Nothing secret, one organisation's own. */
import * as z from "zod/mini";

import { withTabStorage } from "@/lib/tab-storage";

const PREFIX = "nexus:balance:";

const keptShape = z.object({
  value: z.object({ balance: z.int(), debt: z.int(), as_of: z.string() }),
  at: z.number(),
});

/** The balance and when it was read, in milliseconds since 1970. */
export type KeptBalance = z.infer<typeof keptShape>;

export function keepBalance(organisationId: string, kept: KeptBalance): void {
  withTabStorage((storage) => storage.setItem(PREFIX + organisationId, JSON.stringify(kept)));
}

/** What was kept; undefined when nothing was, or nothing that makes sense. */
export function keptBalance(organisationId: string): KeptBalance | undefined {
  return withTabStorage((storage) => {
    const text = storage.getItem(PREFIX + organisationId);
    return text === null ? undefined : keptShape.safeParse(JSON.parse(text)).data;
  });
}
