// Turbopack keeps all of zod where a tenth is used (12 KB more over the wire, on every page). What the browser's code
// uses of zod/mini is put into one file here; next.config.ts tells the build to take that. Types stay those of zod.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "vite";

const root = new URL("..", import.meta.url).pathname;
const target = `${root}src/api/generated/zod-mini/`;
const used = new Set();
for (const path of globSync("src/**/*.{ts,tsx}", { cwd: root })) {
  const code = readFileSync(root + path, "utf8");
  if (!/from ["']zod\/mini["']/.test(code)) continue;
  for (const [, name] of code.matchAll(/\bz\.([a-zA-Z_]+)/g)) used.add(name);
}
const types = new Set(["infer", "input", "output"]);
const names = [...used].filter((name) => !types.has(name)).sort();

mkdirSync(target, { recursive: true });
writeFileSync(`${target}entry.js`, `export { ${names.join(", ")} } from "zod/mini";\n`);
await build({
  root,
  configFile: false,
  logLevel: "warn",
  build: { outDir: target, emptyOutDir: false, minify: false, lib: { entry: `${target}entry.js`, formats: ["es"], fileName: "index" } },
});
