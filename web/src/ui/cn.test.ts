import { expect, test } from "vitest";

import { cn } from "@/ui/cn";

test.each([
  ["h-9 px-3.5 text-base", "h-6 text-sm", "px-3.5 h-6 text-sm"],
  ["size-8 p-0", "size-6 [&_svg]:size-3.5", "p-0 size-6 [&_svg]:size-3.5"],
  ["text-muted text-sm", "text-bad", "text-sm text-bad"],
  ["px-4 py-2", "p-0", "p-0"],
  ["p-4", "px-2", "p-4 px-2"],
  ["border border-edge", "border-dashed border-line", "border border-dashed border-line"],
  ["flex flex-col", "flex-row", "flex flex-row"],
  ["inline-flex", "hidden", "hidden"],
  ["bg-surface hover:bg-hover", "bg-hover/60", "hover:bg-hover bg-hover/60"],
  ["max-sm:px-4", "px-2", "max-sm:px-4 px-2"],
  ["rounded-md", "rounded-full", "rounded-full"],
  ["font-medium font-mono", "font-semibold", "font-mono font-semibold"],
  ["data-invalid:border-bad border-edge", "border-line", "data-invalid:border-bad border-line"],
  ["figures truncate", undefined, "figures truncate"],
])("%s, then %s", (first, second, expected) => {
  expect(cn(first, second)).toBe(expected);
});
