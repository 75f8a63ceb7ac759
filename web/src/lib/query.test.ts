import { expect, test } from "vitest";

import { signInAddress } from "@/lib/query";

test("whoever signs in again comes back to where they were", () => {
  const address = new URL(signInAddress({ pathname: "/acme.test/jobs", search: "?status=failed&x=1" }), "http://127.0.0.1");

  expect(address.pathname).toBe("/");
  expect(address.searchParams.get("next")).toBe("/acme.test/jobs?status=failed&x=1");
  expect(address.searchParams.get("error")).toBe("session_expired");
});
