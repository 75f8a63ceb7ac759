/** Next.js takes `Content-Encoding` off every answer of ours, for fetch decodes what it passes on. We encode anew. */
import type { ServerResponse } from "node:http";

/** The header by which an answer of ours says how its body is encoded, until it is sent. */
export const ENCODING = "x-nexus-content-encoding";

/** Have a response send that header as `Content-Encoding`. */
export function nameEncoding(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => setHeader(name.toLowerCase() === ENCODING ? "Content-Encoding" : name, value);
}
