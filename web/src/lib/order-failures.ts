/** The words for work that could not be asked for: above all whether it was accepted. */
import type { ApiError } from "@/api/error";
import { kindOf } from "@/lib/failure";
import { type Asker, type Words, wordsFor } from "@/lib/failures";
import { count } from "@/lib/format";

const ONCE = "Send it again: it is done and charged once, and you are told whether it had been accepted before.";
const UNKNOWN = `Whether it was accepted is not known yet. Your text is kept. ${ONCE}`;

/** Whether the answer leaves open what became of the order, so that the same order may be sent again. */
export function isOpen(error: ApiError): boolean {
  return ["unreachable", "server", "bad_response", "rate_limited"].includes(kindOf(error)) || error.code === "idempotency_in_progress";
}

/** `wasOffline`: the browser had no network when it was to be sent. */
export function wordsForOrder(error: ApiError, wasOffline: boolean, asker: Asker): Words {
  const words = wordsFor(error, { changing: true, ...asker });
  const kind = kindOf(error);
  if (kind === "unreachable" && wasOffline) {
    const detail = "Nothing was sent, so nothing was accepted or charged. Your text is kept; send it when you are online again.";
    return { ...words, title: "You are offline", detail };
  }
  if (kind === "rate_limited") return { ...words, detail: `Nothing was charged. ${words.detail}` };
  return isOpen(error) ? { ...words, detail: UNKNOWN } : words;
}

/** For an order that was sent, and of which nothing was heard before the page was left. */
export const UNANSWERED: Words = {
  title: "The last request was not answered before you left the page",
  detail: UNKNOWN,
  tone: "warn",
  retry: "user",
};

/** What the second answer says about the first try. */
export function wordsForResent(wasAccepted: boolean): string {
  return wasAccepted
    ? "It had been accepted the first time. It was done and charged once."
    : "The first try had not arrived. It was accepted now.";
}

/** Said before the click; undefined while there is enough. Answers from the cache cost nothing, so it stays allowed. */
export function wordsForPrice(name: string, price: number, balance: number): string | undefined {
  return balance >= price ? undefined : `${name} needs ${count(price, "credit")}, you have ${count(balance)}.`;
}

/** Why a kind of work cannot be asked for here. */
export const NO_MODEL = "Not available here: it needs a language model, and none is set up. Ask the operator of this platform.";
export const NO_PRICES = "The prices could not be read.";

/** What is wrong with what was entered, by field; empty when nothing is. */
export function troubleWith(text: string, limit: number): Record<string, string> {
  if (text.trim() === "") return { text: "Enter a text first." };
  const over = Array.from(text).length - limit;
  if (over > 0) return { text: `Make it shorter by ${count(over, "character")}.` };
  return {};
}

/** The JSON Schema that somebody wrote, or what is wrong with it. */
export function schemaOf(written: string): { schema: Record<string, unknown> } | { trouble: string } {
  if (written.trim() === "") return { trouble: "Enter a JSON Schema first." };
  try {
    const value: unknown = JSON.parse(written);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { schema: value as Record<string, unknown> } : { trouble: "A JSON Schema is a JSON object: { … }." };
  } catch {
    return { trouble: "This is not JSON. Look for a missing quotation mark or comma." };
  }
}
