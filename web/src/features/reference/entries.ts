import { GROUPS } from "@/features/reference/operations";
import type { Entry } from "@/features/reference/search";
import { ERRORS, SHAPES } from "@/features/reference/shapes";

/** How a subject is called on the page: "api-keys" is "API keys". */
export function titleOf(tag: string): string {
  const words = tag.replaceAll("-", " ").replace(/^api\b/, "API");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What an operation does; of a later version with its name, as the same is done in both. */
function titleIn(summary: string, path: string): string {
  const version = path.split("/")[1] ?? "";
  return version === "v1" ? summary : `${summary}, ${version}`;
}

/** All that the search finds: operations, then shapes, then errors. */
export const ENTRIES: readonly Entry[] = [
  ...GROUPS.flatMap(({ name, operations }) =>
    operations.map(({ id, method, path, summary }): Entry => ({
      href: `/docs/${id}`,
      kind: "operation",
      title: titleIn(summary, path),
      mark: method,
      detail: path,
      group: titleOf(name),
    })),
  ),
  ...Object.keys(SHAPES).map((name): Entry => ({ href: `/docs/shapes/${name}`, kind: "shape", title: name, mark: "", detail: "", group: "Shapes" })),
  ...ERRORS.map(({ code, status, meaning }): Entry => ({
    href: `/docs/errors#${code}`,
    kind: "error",
    title: code,
    mark: String(status),
    detail: meaning.split("\n\n")[0] ?? "",
    group: "Errors",
  })),
];
