/** Numbers and times as people read them. English words, the reader's own time zone. */

const NUMBER = new Intl.NumberFormat("en");

/** `count(1, "credit")` is "1 credit", `count(1200, "credit")` is "1,200 credits", `count(8)` is "8". */
export function count(amount: number, noun?: string): string {
  const figure = NUMBER.format(amount);
  if (noun === undefined) return figure;
  return `${figure} ${noun}${amount === 1 ? "" : "s"}`;
}

/** With its sign, and a true minus: "+100", "−25", "0". */
export function signed(amount: number): string {
  if (amount === 0) return "0";
  return `${amount > 0 ? "+" : "\u2212"}${NUMBER.format(Math.abs(amount))}`;
}

/**
 * An amount in a currency's smallest unit as Stripe counts it, which has so many decimals: `money(1000, "usd", 2)` is
 * "$10.00". The browser's own table differs from Stripe's: it gives forint none.
 */
export function money(amount: number, currency: string, decimals: number): string {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat("en", { style: "currency", currency, ...digits }).format(amount / 10 ** decimals);
}

/** How long somebody has to wait, no shorter than it is: "45 seconds", "13 minutes", "2 hours". */
export function waiting(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole <= 60) return count(whole, "second");
  const minutes = Math.ceil(whole / 60);
  return minutes <= 90 ? count(minutes, "minute") : count(Math.ceil(minutes / 60), "hour");
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * Somebody's own words inside a sentence of ours that is a string (a toast, a button's reason): where they run from right to left they
 * are set apart (U+2068 … U+2069), or they would turn the words around them. In markup `<bdi>` does the same.
 */
export function isolated(words: string): string {
  return RIGHT_TO_LEFT.test(words) ? `\u2068${words}\u2069` : words;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const EXACT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const LONG_DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** "14:02:11", local. */
export function clock(when: Date): string {
  return CLOCK.format(when);
}

/** "20 Nov, 14:02" of this year, "20 Nov 2025" of another; local. */
export function moment(when: Date, now: Date): string {
  return when.getFullYear() === now.getFullYear() ? SHORT.format(when) : DATE.format(when);
}

/** "20 Nov, 14:02:11", local. */
export function exactly(when: Date): string {
  return EXACT.format(when);
}

/** "20 Nov 2026", local. */
export function day(when: Date): string {
  return DATE.format(when);
}

/** "20 November 2026", local. */
export function longDay(when: Date): string {
  return LONG_DATE.format(when);
}

/** "2026-11-20 14:02:11 UTC". */
export function utc(when: Date): string {
  return `${when.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
] as const;

/** "just now", "3 minutes ago", "in 2 days". */
export function distance(when: Date, now: Date): string {
  let amount = Math.round((now.getTime() - when.getTime()) / 1000);
  if (Math.abs(amount) < 10) return "just now";
  for (const [size, unit] of STEPS) {
    if (Math.abs(amount) < size) return amount < 0 ? `in ${count(-amount, unit)}` : `${count(amount, unit)} ago`;
    amount = Math.round(amount / size);
  }
  return amount < 0 ? `in ${count(-amount, "year")}` : `${count(amount, "year")} ago`;
}

/** How long something took or takes: "0.8 s", "12 s", "3 min 05 s". */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
