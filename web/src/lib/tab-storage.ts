/** What this tab remembers over a reload. */
import type * as z from "zod";

/** A browser may refuse its storage, or hold what is not ours: then there is nothing. */
export function withTabStorage<Result>(work: (storage: Storage) => Result): Result | undefined {
  try {
    return work(window.sessionStorage);
  } catch {
    return undefined;
  }
}

/** Forget everything whose name begins so. */
export function forgetInTab(prefix: string): void {
  withTabStorage((storage) => {
    const ours = Object.keys(storage).filter((name) => name.startsWith(prefix));
    ours.forEach((name) => storage.removeItem(name));
  });
}

/** One value for each owner (an organisation's id), which pages may watch. */
export interface TabValue<Value> {
  read: (owner: string) => Value;
  write: (owner: string, value: Value) => void;
  subscribe: (tell: () => void) => () => void;
  /** What is read where nothing was written, and on the server. */
  nothing: Value;
}

export function tabValue<Value>(prefix: string, shape: z.ZodType<Value>, nothing: Value): TabValue<Value> {
  const unsaved = new Map<string, string>(); // where the browser would not take it
  const listeners = new Set<() => void>();
  let last: { name: string; text: string | null; value: Value } | undefined;
  const textOf = (name: string) => unsaved.get(name) ?? withTabStorage((storage) => storage.getItem(name)) ?? null;
  return {
    nothing,
    read: (owner) => {
      const name = prefix + owner;
      const text = textOf(name);
      if (last?.name !== name || last.text !== text) last = { name, text, value: parse(text, shape) ?? nothing };
      return last.value; // the same object until it changes, as React asks
    },
    write: (owner, value) => {
      const [name, text] = [prefix + owner, JSON.stringify(value)];
      unsaved.delete(name);
      const isSaved = withTabStorage((storage) => (storage.setItem(name, text), true)) ?? false;
      if (!isSaved) unsaved.set(name, text);
      listeners.forEach((tell) => tell());
    },
    subscribe: (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
}

function parse<Value>(text: string | null, shape: z.ZodType<Value>): Value | undefined {
  if (text === null) return undefined;
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
