// @vitest-environment node
import { describe, expect, test } from "vitest";

import { servablePath } from "./request-path";

describe("an address", () => {
  test.each(["/", "/acme.test/jobs?limit=5", "/invite/%C3%A9", "/%25ff", "/a?q=%ff", "/%00", ""])(
    "that can be decoded is served as it is: %s",
    (url) => expect(servablePath(url)).toBe(url),
  );

  test.each(["/%ff", "/%", "/a/%E0%A4%A", "/%C0%AE", "/%ED%A0%80", "/api/nexus/%ff", "/_next/static/%f", "/%zz?x=1"])(
    "that cannot be decoded is not found: %s",
    (url) => expect(servablePath(url)).toBe("/_next/data/not-found"),
  );
});
