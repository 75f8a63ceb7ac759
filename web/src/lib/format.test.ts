import { expect, test } from "vitest";

import { count, distance, duration, money, signed, utc } from "@/lib/format";

test("counts have separators and their noun", () => {
  expect([count(1, "credit"), count(0, "credit"), count(12_500, "credit"), count(8)]).toEqual(["1 credit", "0 credits", "12,500 credits", "8"]);
});

test("changes have their sign", () => {
  expect([signed(100), signed(-1250), signed(0)]).toEqual(["+100", "\u22121,250", "0"]);
});

test("money is in its currency's smallest unit, which is not a hundredth everywhere", () => {
  expect([money(1000, "usd"), money(1000, "jpy")]).toEqual(["$10.00", "¥1,000"]);
});

test("UTC says so", () => {
  expect(utc(new Date("2026-11-20T14:02:11.123Z"))).toBe("2026-11-20 14:02:11 UTC");
});

test.each([
  [0, "just now"],
  [-3, "just now"],
  [59, "59 seconds ago"],
  [60, "1 minute ago"],
  [3 * 3600, "3 hours ago"],
  [-2 * 86400, "in 2 days"],
  [45 * 86400, "2 months ago"],
  [800 * 86400, "2 years ago"],
])("%s seconds are %s", (seconds, words) => {
  const now = new Date("2026-11-20T14:00:00Z");
  expect(distance(new Date(now.getTime() - seconds * 1000), now)).toBe(words);
});

test.each([
  [840, "0.8 s"],
  [12_400, "12 s"],
  [59_700, "1 min 00 s"],
  [185_000, "3 min 05 s"],
])("%s ms take %s", (milliseconds, words) => {
  expect(duration(milliseconds)).toBe(words);
});
