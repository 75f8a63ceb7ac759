import { expect, test } from "vitest";

import { show } from "@/test/show";
import { BarChart, scaleFor } from "@/ui/BarChart";

test.each([
  [0, [0, 1, 2, 3, 4]],
  [3, [0, 1, 2, 3, 4]],
  [110, [0, 30, 60, 90, 120]],
  [35, [0, 10, 20, 30, 40]],
  [1, [0, 1, 2, 3, 4]],
  [9_999, [0, 2500, 5000, 7500, 10_000]],
])("up to %s the scale is round", (most, ticks) => {
  expect(scaleFor(most)).toEqual(ticks);
});

test("no scale ends below what it shows", () => {
  for (let most = 0; most < 20_000; most += 7) expect(scaleFor(most).at(-1)).toBeGreaterThanOrEqual(most);
});

test("a bar is as high as its share of the scale", () => {
  const bars = [0, 60, 120].map((value) => ({ key: String(value), label: "x", value, tip: "x" }));
  const { container } = show(<BarChart bars={bars} />);

  const heights = [...container.querySelectorAll<HTMLElement>("[data-bar]")].map((bar) => bar.style.height);
  expect(heights).toEqual(["0%", "50%", "100%"]);
});
