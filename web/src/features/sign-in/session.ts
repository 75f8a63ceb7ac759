/** Beginning and ending a session from a page. Both leave the page. */
import { forgetInTab } from "@/lib/tab-storage";

type Sent = { url: string };

/** Go to the identity provider, and come back to `next`, a path of ours. Throws if we cannot be reached. */
export async function beginSignIn(next: string): Promise<void> {
  await leave("/api/auth/signin/google", next);
}

/** End the session, here and at the API. Throws if we cannot be reached. */
export async function signOut(): Promise<void> {
  await leave("/api/auth/signout", "/");
  forgetInTab("nexus:"); // the next person at this browser finds nothing
}

/** Leave after the API has ended the session already: where even that cannot be said, the way in finds out. */
export async function leaveForGood(): Promise<void> {
  await signOut().catch(() => window.location.assign(new URL("/", window.location.href)));
}

async function leave(path: string, next: string): Promise<void> {
  const { csrfToken } = (await read(await fetch("/api/auth/csrf", { cache: "no-store" }))) as { csrfToken: string };
  const body = new URLSearchParams({ csrfToken, callbackUrl: next, json: "true" });
  const { url } = (await read(await fetch(path, { method: "POST", body }))) as Sent;
  window.location.assign(url);
}

async function read(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  return answer.json();
}
