import { clsx, type ClassValue } from "clsx";
import { createTailwindMerge } from "tailwind-merge";

const any = () => true;
const sides = ["x", "y", "t", "r", "b", "l", "s", "e"] as const;

/** `{ px: [{ px: [any] }], py: … }` for the sides of padding or margin. */
function bySide(letter: "p" | "m") {
  return Object.fromEntries(sides.map((side) => [letter + side, [{ [letter + side]: [any] }]]));
}

/** A group for each of these beginnings: "bg" holds bg-surface, bg-hover/60 … */
function byStart(...starts: string[]) {
  return Object.fromEntries(starts.map((start) => [start, [{ [start]: [any] }]]));
}

/**
 * The kinds of class that components override; what tailwind-merge brings for all of Tailwind is 7 KB more on every page.
 * A kind that is not listed is not merged: then the order of the style sheet decides, as without it.
 */
const merge = createTailwindMerge(() => ({
  cacheSize: 500,
  theme: {},
  classGroups: {
    ...bySide("p"),
    ...bySide("m"),
    ...byStart("p", "m", "h", "w", "size", "min-h", "min-w", "max-h", "max-w", "gap", "gap-x", "gap-y", "basis", "order"),
    ...byStart("bg", "opacity", "shadow", "rounded", "z", "top", "right", "bottom", "left", "inset", "leading", "tracking"),
    ...byStart("items", "justify", "self", "content", "overflow", "overflow-x", "overflow-y", "whitespace", "grid-cols", "grid-rows", "col-span"),
    display: ["block", "inline", "inline-block", "flex", "inline-flex", "grid", "contents", "hidden", "sr-only", "not-sr-only"],
    position: ["static", "relative", "absolute", "fixed", "sticky"],
    direction: [{ flex: ["row", "col", "row-reverse", "col-reverse"] }],
    wrap: [{ flex: ["wrap", "nowrap", "wrap-reverse"] }],
    flex: [{ flex: [any] }],
    shrink: ["shrink", { shrink: [any] }],
    grow: ["grow", { grow: [any] }],
    size_of_text: [{ text: ["xs", "sm", "base", "lg", "xl", "2xl"] }],
    align_of_text: [{ text: ["left", "center", "right"] }],
    colour_of_text: [{ text: [any] }],
    weight: [{ font: ["normal", "medium", "semibold", "bold"] }],
    family: [{ font: ["sans", "mono"] }],
    width_of_border: ["border", { border: ["0", "2", "4"] }],
    style_of_border: [{ border: ["solid", "dashed", "none"] }],
    colour_of_border: [{ border: [any] }],
  },
  conflictingClassGroups: {
    p: sides.map((side) => `p${side}`),
    m: sides.map((side) => `m${side}`),
    px: ["pl", "pr"],
    py: ["pt", "pb"],
    mx: ["ml", "mr"],
    my: ["mt", "mb"],
    size: ["h", "w"],
    gap: ["gap-x", "gap-y"],
    overflow: ["overflow-x", "overflow-y"],
  },
  conflictingClassGroupModifiers: {},
  postfixLookupClassGroups: [],
  orderSensitiveModifiers: ["before", "after", "placeholder", "marker", "selection", "first-line", "first-letter"],
}));

/** Join class names; of two that say the same kind of thing the later one counts. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
