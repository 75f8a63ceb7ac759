import { describe, expect, test } from "vitest";

import { nextReading } from "@/hooks/webhooks";
import { wordsForAttempt, wordsForDisabled } from "@/lib/failures-deliveries";

const NOW = Date.parse("2026-11-20T09:00:00Z");
const due = (seconds: number) => ({ status: "pending" as const, next_attempt_at: new Date(NOW + seconds * 1000).toISOString() });
const settled = { status: "dead" as const, next_attempt_at: null };

test.each([
  ["nothing", [], false],
  ["all settled", [settled], false],
  ["a try in 25 s", [settled, due(25)], 26_000],
  ["the sooner of two", [due(125), due(5)], 6000],
  ["one that is being sent", [due(-3)], 2000],
  ["one that nobody sends yet", [due(-60)], 15_000],
  ["one that nobody has sent for ten minutes", [due(-601)], false],
])("deliveries are read again by what is on its way: %s", (_, rows, expected) => {
  expect(nextReading(rows, NOW)).toBe(expected);
});

describe("every outcome of an attempt has words", () => {
  const CLASSES = ["dns", "refused_url", "refused_address", "connect", "tls", "timeout", "protocol", "unsigned", "internal_error"];

  test.each(CLASSES)("%s", (error) => {
    const { isGood, short, detail } = wordsForAttempt({ status_code: null, error });

    expect(isGood).toBe(false);
    expect(`${short} ${detail}`).not.toMatch(new RegExp(`\\b${error}\\b`));
    expect(detail).toMatch(/\.$|\?$/);
  });

  test.each([200, 204, 299])("%i is taken", (status_code) => {
    expect(wordsForAttempt({ status_code, error: null })).toEqual({ isGood: true, short: `Answered ${status_code}`, detail: "" });
  });

  test.each([199, 301, 400, 401, 404, 410, 500])("%i is not", (status_code) => {
    const { isGood, detail } = wordsForAttempt({ status_code, error: null });

    expect(isGood).toBe(false);
    expect(detail).not.toBe("");
  });

  test("what is new to us is named, and so is a reason that is", () => {
    expect(wordsForAttempt({ status_code: null, error: "meteor" }).detail).toContain("meteor");
    expect(wordsForAttempt({ status_code: null, error: null }).short).toBe("No answer");
    expect(wordsForDisabled("new_reason").title).toBe("Disabled");
  });
});
