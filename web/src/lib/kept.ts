/** What a page leaves in this tab for its next load: a draft, a purchase under way. Nothing secret. */
import type * as z from "zod";

import { withTabStorage } from "@/lib/tab-storage";

const PREFIX = "nexus:kept:";

export function keep(name: string, value: unknown): void {
  withTabStorage((storage) => storage.setItem(PREFIX + name, JSON.stringify(value)));
}

/** What was kept under this name; undefined when nothing was, or nothing of that shape. */
export function kept<Value>(name: string, shape: z.ZodType<Value>): Value | undefined {
  return withTabStorage((storage) => {
    const text = storage.getItem(PREFIX + name);
    return text === null ? undefined : shape.safeParse(JSON.parse(text)).data;
  });
}

export function forget(name: string): void {
  withTabStorage((storage) => storage.removeItem(PREFIX + name));
}
