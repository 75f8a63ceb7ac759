/** The words for an attempt at a webhook: what came back, or why nothing did. And why an endpoint is disabled. */

export interface Tried {
  status_code: number | null;
  error: string | null;
}

export interface Outcome {
  isGood: boolean;
  /** A few words: "Answered 503", "No answer in time". */
  short: string;
  /** What it means, and what to do. Empty where it went well. */
  detail: string;
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  dns: ["Server not found", "The name of your server was not found. Check the address, and its DNS entry."],
  refused_url: ["Address refused", "The address is not one that we call. Change it to https on port 443 or 8443."],
  refused_address: ["Private address", "The name leads to a private address, which we do not call. It must lead to the public internet."],
  connect: ["No connection", "Nobody answered there within five seconds. Is the server running, and open to the internet?"],
  tls: ["Certificate refused", "The certificate of your server does not hold: expired, for another name, or from an unknown authority."],
  timeout: ["No answer in time", "There was no whole answer within fifteen seconds. Answer first, work afterwards."],
  protocol: ["Not an HTTP answer", "What came back is not HTTP. Is it the right port?"],
  unsigned: ["Could not be signed", "We could not sign it. Ask the operator of this platform."],
  internal_error: ["Failed on our side", "Something of ours broke. Ask the operator of this platform if it stays."],
};

function meaningOf(status: number): string {
  if (status === 410) return "Your server said that it wants nothing more, so the webhook was disabled.";
  if (status >= 500) return "Your server failed. Its log says why.";
  if (status === 401 || status === 403) return "Your server refused it. Does it check the signature with the right secret?";
  if (status === 404) return "There is nothing at this address of your server.";
  if (status >= 400) return "Your server refused it.";
  if (status >= 300) return "A redirect is not followed. Register the address that it leads to.";
  return "Only a status from 200 to 299 counts as delivered.";
}

/** What an attempt came to. */
export function wordsForAttempt({ status_code, error }: Tried): Outcome {
  if (error !== null) {
    const [short, detail] = REASONS[error] ?? ["Failed", `It could not be sent (${error}).`];
    return { isGood: false, short, detail };
  }
  if (status_code === null) return { isGood: false, short: "No answer", detail: "Nothing came back." };
  if (status_code >= 200 && status_code < 300) return { isGood: true, short: `Answered ${status_code}`, detail: "" };
  return { isGood: false, short: `Answered ${status_code}`, detail: meaningOf(status_code) };
}

const DISABLED: Readonly<Record<string, readonly [string, string]>> = {
  switched_off: ["Switched off", "An admin switched it off. Nothing is sent to it."],
  gone: ["Disabled: your server answered 410 Gone", "That says to stop, so nothing is sent to it any more. Enable it when it wants events again."],
  failing: [
    "Disabled after repeated failures",
    "Every attempt failed for three days, or 100 events in a row could not be delivered (10 where your server has never answered 2xx). Mend your server, enable the webhook, then replay what failed.",
  ],
};

/** Why nothing is sent to an endpoint. */
export function wordsForDisabled(reason: string | null): { title: string; detail: string } {
  const [title, detail] = DISABLED[reason ?? ""] ?? ["Disabled", "Nothing is sent to it. Enable it to go on."];
  return { title, detail };
}
