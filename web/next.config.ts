import type { NextConfig } from "next";

const here = import.meta.dirname;

// What needs to know nothing of the request; the rest is in src/proxy.ts.
const everywhere = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
];
// For what a browser shows: scripts, styles and fonts have no use for it, and two dozen of them are a page's first load.
const shown = [
  { key: "X-Frame-Options", value: "DENY" },
  // Not no-referrer: then forms would say that they come from nowhere. Links of invitations stay with us all the same.
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), payment=()" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
];

const config: NextConfig = {
  output: "standalone",
  // Without these a lock file in a folder above would move server.js deeper into the build.
  outputFileTracingRoot: here,
  turbopack: {
    root: here,
    resolveAlias: { "zod/mini": "./src/api/generated/zod-mini/index.js" }, // see scripts/slim-zod.mjs
  },
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  headers: async () => [
    { source: "/:path*", headers: everywhere },
    { source: "/((?!_next/static/).*)", headers: shown },
  ],
};

export default config;
