// Builds the application unless the last build was made of the very same sources, by their content.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = [
  "src",
  "public",
  "package.json",
  "package-lock.json",
  "next.config.ts",
  "tsconfig.json",
  "postcss.config.mjs",
  "openapi-ts.config.ts",
  "scripts/complete-standalone.mjs",
  "scripts/make-reference.mjs",
  "../docs/openapi",
];
const NO_SOURCE = /(^|\/)(generated|testing)\/|\.test\.tsx?$/;
const BUILT = `${here}.next/standalone/sources`;

/** Every file at or below a path, in one order everywhere. */
function filesOf(path) {
  if (!existsSync(here + path)) return [];
  if (statSync(here + path).isFile()) return [path];
  return readdirSync(here + path).sort().flatMap((name) => filesOf(`${path}/${name}`));
}

const hash = createHash("sha256").update(process.version);
for (const file of SOURCES.flatMap(filesOf).filter((path) => !NO_SOURCE.test(path))) {
  hash.update(`${file}\0`).update(readFileSync(here + file)).update("\0");
}
const sources = hash.digest("hex");

if (!existsSync(BUILT) || readFileSync(BUILT, "utf8") !== sources) {
  console.log("Building the web application: about half a minute, whenever it has changed.");
  for (const script of ["gen", "build"]) {
    try {
      execFileSync("npm", ["run", "--silent", script], { cwd: here, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      console.error(`${error.stdout ?? ""}${error.stderr ?? error}`);
      process.exit(1);
    }
  }
  writeFileSync(BUILT, sources);
}
