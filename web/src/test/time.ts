/** Time that a test lets pass, while the wire stays real. */
import { act } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

/** Timers and the clock go only as far as `live` lets them, and a little by themselves, as `waitFor` needs. */
export function ownTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"], shouldAdvanceTime: true });
  });
  afterEach(() => void vi.useRealTimers());
}

/** Let time pass in small steps, so that every answer comes before the next thing is due. */
export async function live(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    await act(() => vi.advanceTimersByTimeAsync(Math.min(500, milliseconds - passed)));
    await wire();
  }
}

/** Let a moment pass at once, with nothing in between. */
export async function leap(milliseconds: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}

/** Long enough for an answer on loopback, as time outside of the test goes. */
async function wire(): Promise<void> {
  const until = performance.now() + 10;
  await act(async () => {
    while (performance.now() < until) await new Promise((turn) => setImmediate(turn));
  });
}
