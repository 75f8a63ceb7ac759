// `next build` leaves the static files out of the standalone server: they are put beside it here.
import { cpSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
for (const [from, to] of [
  [".next/static", ".next/standalone/.next/static"],
  ["public", ".next/standalone/public"],
]) {
  if (existsSync(here + from)) cpSync(here + from, here + to, { recursive: true });
}
