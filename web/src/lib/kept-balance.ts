/** The last balance that was read, kept in this tab for the next load of a page. Nothing secret, one organisation's own. */
import * as z from "zod/mini";

const PREFIX = "nexus:balance:";

const keptShape = z.object({
  value: z.object({ balance: z.int(), debt: z.int(), as_of: z.string() }),
  at: z.number(),
});

/** The balance and when it was read, in milliseconds since 1970. */
export type KeptBalance = z.infer<typeof keptShape>;

export function keepBalance(organisationId: string, kept: KeptBalance): void {
  withStorage((storage) => storage.setItem(PREFIX + organisationId, JSON.stringify(kept)));
}

/** What was kept; undefined when nothing was, or nothing that makes sense. */
export function keptBalance(organisationId: string): KeptBalance | undefined {
  return withStorage((storage) => {
    const text = storage.getItem(PREFIX + organisationId);
    return text === null ? undefined : keptShape.safeParse(JSON.parse(text)).data;
  });
}

export function forgetBalances(): void {
  withStorage((storage) => {
    const ours = Object.keys(storage).filter((name) => name.startsWith(PREFIX));
    ours.forEach((name) => storage.removeItem(name));
  });
}

/** A browser may refuse its storage, or hold what is not ours: then there is nothing. */
function withStorage<Result>(read: (storage: Storage) => Result): Result | undefined {
  try {
    return read(window.sessionStorage);
  } catch {
    return undefined;
  }
}
