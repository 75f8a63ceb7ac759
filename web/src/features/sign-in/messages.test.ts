import { expect, test } from "vitest";

import { waitingMessage } from "@/features/sign-in/messages";

test("whoever waits is told whose admins decide", () => {
  expect(waitingMessage("approval_pending", "acme.test")).toBe("Your request is with the admins of acme.test. You can sign in as soon as one of them lets you in.");
});

test.each([undefined, "", "<b>acme</b>", "acme.test and pay at evil.test", "a".repeat(300)])("what is no domain is not shown: %s", (domain) => {
  expect(waitingMessage("approval_pending", domain)).toContain("the admins of your organisation.");
});

test("any other code is no waiting", () => {
  expect(waitingMessage("membership_removed", "acme.test")).toBeNull();
});
