// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { isListed } from "./paths";

type Operation = { operationId: string; responses: Record<string, unknown> };
type Document = { paths: Record<string, Record<string, Operation>> };

const WITHHELD: Record<string, string> = {
  begin_browser_sign_in: "the API's own sign-in",
  finish_browser_sign_in: "answers tokens",
  sign_in: "answers tokens",
  refresh_session: "answers tokens",
  sign_out: "takes a refresh token",
  accept_invitation: "answers tokens: /api/session/invitation takes its place",
  take_stripe_event: "Stripe's",
};

const operations = ["v1", "v2"].flatMap((version) => {
  const text = readFileSync(new URL(`../../../docs/openapi/${version}.json`, import.meta.url), "utf8");
  return Object.entries((JSON.parse(text) as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
});

test.each(operations.map((one) => [one.operation.operationId, one] as const))("%s", (id, { method, path, operation }) => {
  const asked = path.slice(1).replaceAll(/\{[^}]+\}/g, "019f9b1c-7a59-715a-a63f-23b61ad0b72a");
  expect(isListed(method, asked)).toBe(!(id in WITHHELD));
  if (JSON.stringify(operation.responses).includes("TokenPair")) expect(WITHHELD).toHaveProperty(id);
});
