import { expect, test } from "vitest";

import { readRateLimit } from "@/lib/rate-limit";

const AT = new Date();

function read(policy?: string, now?: string) {
  const headers = new Headers();
  if (policy) headers.set("RateLimit-Policy", policy);
  if (now) headers.set("RateLimit", now);
  return readRateLimit(headers, AT);
}

test("the organisation's window is found among others", () => {
  const found = read('"web";q=600;w=900, "organisation";q=100;w=900', '"web";r=590;t=2, "organisation";r=57;t=412');

  expect(found).toEqual({ isShared: true, quota: 100, windowSeconds: 900, remaining: 57, resetSeconds: 412, at: AT });
});

test("a person's own window is told apart from the organisation's", () => {
  expect(read('"web";q=600;w=900', '"web";r=590;t=2')).toMatchObject({ isShared: false, quota: 600, remaining: 590 });
});

test.each([
  ["nothing", undefined, undefined],
  ["another policy", '"status";q=2000;w=900', '"status";r=1990;t=2'],
  ["two different policies", '"web";q=600;w=900', '"organisation";r=57;t=1'],
  ["half of it", '"organisation";q=100;w=900', undefined],
  ["no numbers", '"organisation";q=many;w=900', '"organisation";r=57;t=1'],
  ["less than nothing", '"organisation";q=100;w=900', '"organisation";r=-1;t=1'],
])("%s is not taken for it", (_, policy, now) => {
  expect(read(policy, now)).toBeUndefined();
});
