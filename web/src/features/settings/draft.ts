/**
 * What an admin has entered and not saved: kept in this tab until it is saved or discarded.
 *
 * `base` is what stood there when they began. Where the organisation says something else by now, somebody else has
 * changed it meanwhile.
 */
import * as z from "zod";

import type { Organisation } from "@/hooks/organisation";

export const valuesShape = z.object({
  name: z
    .string()
    .trim()
    .min(1, "An organisation has a name.")
    .refine((name) => Array.from(name).length <= 200, "A name has 200 characters at the most.")
    .refine((name) => !/[\u0000-\u001f\u007f]/.test(name), "A name is one line of text."),
  join_policy: z.enum(["automatic", "approval", "off"]),
  caching: z.boolean(),
});

export type Values = z.infer<typeof valuesShape>;
export type Part = keyof Values;

export const PARTS = ["name", "join_policy", "caching"] as const satisfies readonly Part[];

const looseShape = valuesShape.extend({ name: z.string() }); // a draft may be wrong still
export const draftShape = z.object({ base: looseShape, values: looseShape });
export type Draft = z.infer<typeof draftShape>;

export function valuesOf({ name, join_policy, caching }: Organisation): Values {
  return { name, join_policy, caching };
}

/** The parts that somebody has changed and not saved. */
export function changedParts({ base, values }: Draft): Part[] {
  return PARTS.filter((part) => values[part] !== base[part]);
}

/** Those of them that somebody else has changed meanwhile, to something else. */
export function conflictsOf(draft: Draft, now: Values): Part[] {
  return changedParts(draft).filter((part) => now[part] !== draft.base[part] && now[part] !== draft.values[part]);
}

/** What is to be sent: what was changed, and nothing else. */
export function changeOf({ base, values }: Draft): Partial<Values> {
  return Object.fromEntries(changedParts({ base, values }).map((part) => [part, values[part]]));
}
