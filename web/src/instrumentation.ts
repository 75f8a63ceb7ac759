import type { Instrumentation } from "next";

/** Runs once, before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") await (await import("./server/start")).start();
}

/** Runs for every error that a page, a call or the proxy did not expect. */
export const onRequestError: Instrumentation.onRequestError = async (error, { method, headers }, { routePath }) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const [{ serverFault }, { settings }] = await Promise.all([import("./server/faults"), import("./server/settings")]);
  const request = new Request(settings().origin, { method, headers: { cookie: String(headers.cookie ?? "") } });
  await serverFault(error, request, routePath, settings());
};
