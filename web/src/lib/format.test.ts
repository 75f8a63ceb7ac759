import { expect, test } from "vitest";

import { count, distance, duration, isolated, money, signed, utc, waiting } from "@/lib/format";

test("counts have separators and their noun", () => {
  expect([count(1, "credit"), count(0, "credit"), count(12_500, "credit"), count(8)]).toEqual(["1 credit", "0 credits", "12,500 credits", "8"]);
});

test("changes have their sign", () => {
  expect([signed(100), signed(-1250), signed(0)]).toEqual(["+100", "\u22121,250", "0"]);
});

test.each([
  [1000, "usd", 2, "$10.00"],
  [1000, "jpy", 0, "¥1,000"],
  [99_900, "huf", 2, "HUF\u00a0999.00"],
  [5000, "isk", 2, "ISK\u00a050.00"],
  [12_340, "kwd", 3, "KWD\u00a012.340"],
  [99_900, "twd", 2, "NT$999.00"],
  [5000, "mga", 0, "MGA\u00a05,000"],
])("%s of %s with Stripe's %s decimals are %s, whatever the browser's own table says", (amount, currency, decimals, says) => {
  expect(money(amount, currency, decimals)).toBe(says);
});

test.each([
  [0, "1 second"],
  [1, "1 second"],
  [41.2, "42 seconds"],
  [60, "60 seconds"],
  [61, "2 minutes"],
  [776, "13 minutes"],
  [900, "15 minutes"],
  [5400, "90 minutes"],
  [5401, "2 hours"],
])("a wait of %s seconds is %s", (seconds, says) => {
  expect(waiting(seconds)).toBe(says);
});

test("a name that runs from right to left is set apart in a sentence, and another stays as it is", () => {
  expect(isolated("Acme")).toBe("Acme");
  expect(`${isolated("شركة")} is kept`).toBe("\u2068شركة\u2069 is kept");
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
