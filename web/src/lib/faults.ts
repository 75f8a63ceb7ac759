/** Errors that no page of ours expected, told to our own server: it knows whose they are, and where to report them. */
import { useEffect } from "react";

const MOST = 5; // of one load of the application: what breaks in a loop is told once too often already
const LONGEST = 8000; // characters of a stack: its end, for its beginning has the error's own words

let told = 0;

/** Tell the server of an error. Never fails. */
function tellFault(error: unknown): void {
  if (!(error instanceof Error) || told++ >= MOST) return;
  const body = JSON.stringify({ name: error.name, stack: (error.stack ?? "").slice(-LONGEST) });
  void fetch("/api/fault", { method: "POST", body, keepalive: true }).catch(() => undefined);
}

/** Tell of the error that a page shows in its place. One with a digest is the server's, which has told it. */
export function useFault(error: Error & { digest?: string }): void {
  useEffect(() => {
    if (!error.digest) tellFault(error);
  }, [error]);
}

/** Tell of everything that nobody catches, from now until the function that comes back is called. */
export function watchFaults(): () => void {
  const thrown = (event: ErrorEvent) => tellFault(event.error);
  const rejected = (event: PromiseRejectionEvent) => tellFault(event.reason);
  addEventListener("error", thrown);
  addEventListener("unhandledrejection", rejected);
  return () => {
    removeEventListener("error", thrown);
    removeEventListener("unhandledrejection", rejected);
  };
}
