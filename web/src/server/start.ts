/** What has to be right before the first request. */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

import { PEER } from "./address";
import { nameEncoding } from "./content-encoding";
import { log } from "./log";
import { servablePath } from "./request-path";
import { settings } from "./settings";

/**
 * Check the settings, and prepare every request: its peer's address is written into it, and a path that cannot be
 * decoded is replaced. Ends the process where a setting is wrong.
 */
export function start(): void {
  try {
    settings();
  } catch (error) {
    log("error", "process.refused", { error: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    request.headers[PEER] = request.socket.remoteAddress ?? "";
    request.url = servablePath(request.url ?? "");
    nameEncoding(response);
  });
}
