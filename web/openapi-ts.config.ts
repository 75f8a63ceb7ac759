import { defineConfig, type UserConfig } from "@hey-api/openapi-ts";

/** The typed client of one version: shapes, functions, and a zod check of every answer at the boundary. */
function version(name: "v1" | "v2"): UserConfig {
  return {
    input: `../docs/openapi/${name}.json`,
    output: { path: `src/api/generated/${name}` },
    plugins: [
      { name: "@hey-api/client-fetch", runtimeConfigPath: "./src/api/runtime" },
      "@hey-api/typescript",
      // The mini form of zod: the other one brings 45 KB of words in all languages into every page.
      { name: "zod", compatibilityVersion: "mini", requests: false, dates: { offset: true } },
      { name: "@hey-api/sdk", validator: { response: "zod" } },
    ],
  };
}

export default defineConfig([version("v1"), version("v2")]);
