/** How a balance is to be looked at. */

/** Below this it is low: two analyses more. */
export const LOW_BALANCE = 50;

export type CreditLevel = "out" | "low" | "fine";

export function creditLevel(balance: number): CreditLevel {
  if (balance <= 0) return "out";
  return balance < LOW_BALANCE ? "low" : "fine";
}
