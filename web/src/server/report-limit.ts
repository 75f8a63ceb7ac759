/** How many errors a person's pages may report in a minute: Sentry's own limit is shared by everybody. */

const REPORTS = 10; // a page itself reports at most five for each load
const WINDOW_MILLISECONDS = 60_000;
const PEOPLE = 10_000; // whom we count; beyond that, whoever began first is forgotten

type Window = { endsAt: number; count: number };

// Each route is bundled by itself; what they share lies where all of them look.
const shared = globalThis as typeof globalThis & { nexusReports?: Map<string, Window> };
const windows = (shared.nexusReports ??= new Map());

/** Count a report of this person's. The answer is 0, or in how many seconds there is room for the next one. */
export function secondsUntilReport(userId: string, now: number = Date.now()): number {
  let window = windows.get(userId);
  if (!window || window.endsAt <= now) {
    window = { endsAt: now + WINDOW_MILLISECONDS, count: 0 };
    windows.delete(userId); // so that it stands last, as the newest
    windows.set(userId, window);
    if (windows.size > PEOPLE) windows.delete(windows.keys().next().value!);
  }
  window.count += 1;
  return window.count > REPORTS ? Math.ceil((window.endsAt - now) / 1000) : 0;
}
