// Puts the OpenAPI documents of all versions together for the reference pages, so that nothing is fetched for them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const here = new URL("..", import.meta.url);
const [first, ...others] = ["v1", "v2"].map((version) => JSON.parse(readFileSync(new URL(`../docs/openapi/${version}.json`, here), "utf8")));
const whole = structuredClone(first);
for (const { paths, components, tags } of others) {
  Object.assign(whole.paths, paths);
  for (const part of ["schemas", "responses"]) whole.components[part] = { ...components[part], ...whole.components[part] };
  for (const tag of tags) if (!whole.tags.some(({ name }) => name === tag.name)) whole.tags.push(tag);
}

const folder = new URL("src/api/generated/reference/", here);
mkdirSync(folder, { recursive: true });
const text = JSON.stringify(JSON.stringify(whole)).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
writeFileSync(
  new URL("index.ts", folder),
  `// Made by scripts/make-reference.mjs from docs/openapi.\nexport const DOCUMENT: unknown = JSON.parse(${text});\n`,
);
