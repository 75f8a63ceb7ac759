import type { NextConfig } from "next";

const here = import.meta.dirname;

const config: NextConfig = {
  output: "standalone",
  // Without these a lock file in a folder above would move server.js deeper into the build.
  outputFileTracingRoot: here,
  turbopack: { root: here },
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
};

export default config;
