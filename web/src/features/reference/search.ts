/** What the reference's search finds: made on the server, small, and searched in the browser. */
export interface Entry {
  href: string;
  kind: "operation" | "shape" | "error";
  title: string;
  /** GET, POST …; an error's status. */
  mark: string;
  /** Of an operation: its path. */
  detail: string;
  group: string;
}

/** The entries in which every word occurs, in their order. */
export function findEntries(entries: readonly Entry[], asked: string): Entry[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    const text = `${entry.mark} ${entry.detail} ${entry.title} ${entry.group} ${entry.kind}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
