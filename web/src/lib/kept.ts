/** What a page leaves in this tab for its next load: a draft, a purchase under way. Nothing secret. */
import type * as z from "zod";

const PREFIX = "nexus:kept:";

export function keep(name: string, value: unknown): void {
  withStorage((storage) => storage.setItem(PREFIX + name, JSON.stringify(value)));
}

/** What was kept under this name; undefined when nothing was, or nothing of that shape. */
export function kept<Value>(name: string, shape: z.ZodType<Value>): Value | undefined {
  return withStorage((storage) => {
    const text = storage.getItem(PREFIX + name);
    return text === null ? undefined : shape.safeParse(JSON.parse(text)).data;
  });
}

export function forget(name: string): void {
  withStorage((storage) => storage.removeItem(PREFIX + name));
}

/** For whoever signs out: the next person at this browser finds nothing. */
export function forgetKept(): void {
  withStorage((storage) => {
    const ours = Object.keys(storage).filter((name) => name.startsWith(PREFIX));
    ours.forEach((name) => storage.removeItem(name));
  });
}

/** A browser may refuse its storage, or hold what is not ours: then there is nothing. */
function withStorage<Result>(work: (storage: Storage) => Result): Result | undefined {
  try {
    return work(window.sessionStorage);
  } catch {
    return undefined;
  }
}
