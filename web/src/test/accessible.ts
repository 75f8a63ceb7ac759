import axe from "axe-core";
import { expect } from "vitest";

/**
 * Nothing that axe finds. In jsdom nothing has a size or a colour, so contrast is computed in `ui/theme.test.ts` and
 * seen by axe again in the browser tests; a component alone is no page, so it needs no landmarks.
 */
export async function expectAccessible(container: Element): Promise<void> {
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}
