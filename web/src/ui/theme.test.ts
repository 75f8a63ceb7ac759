import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(`${import.meta.dirname}/theme.css`, "utf8");

const TOKENS = Object.fromEntries(
  [...css.matchAll(/--color-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [name, { light, dark }]),
);

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function colour(name: string, theme: "light" | "dark"): string {
  const value = name === "white" ? "#ffffff" : TOKENS[name]?.[theme];
  if (value === undefined) throw new Error(`No colour ${name}`);
  return value;
}

const SURFACES = ["canvas", "surface", "raised", "sunken", "hover"];

const TEXT: readonly [string, string][] = [
  ...["ink", "muted"].flatMap((text) => SURFACES.map((on): [string, string] => [text, on])),
  ...["accent", "good", "warn", "bad"].flatMap((text) => ["canvas", "surface", "raised", `${text}-soft`].map((on): [string, string] => [text, on])),
  ...["accent", "good", "warn", "bad"].map((on): [string, string] => ["ink", `${on}-soft`]),
  ["muted", "warn-soft"],
  ["muted", "bad-soft"],
  ["white", "accent-solid"],
  ["white", "accent-solid-hover"],
  ["white", "bad-solid"],
  ["white", "bad-solid-hover"],
];

const EDGES: readonly [string, string][] = [
  ...["canvas", "surface", "raised"].map((on): [string, string] => ["edge", on]),
  ...["canvas", "surface", "raised", "hover"].map((on): [string, string] => ["accent", on]),
];

for (const theme of ["light", "dark"] as const) {
  test.each(TEXT)(`${theme}: %s can be read on %s`, (text, on) => {
    expect(contrast(colour(text, theme), colour(on, theme))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(EDGES)(`${theme}: %s can be told from %s`, (edge, on) => {
    expect(contrast(colour(edge, theme), colour(on, theme))).toBeGreaterThanOrEqual(3);
  });
}
