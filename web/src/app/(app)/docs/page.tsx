import type { Metadata } from "next";

import { Overview } from "@/features/reference/Overview";
import { settings } from "@/server/settings";

export const metadata: Metadata = { title: "API reference" };

export default function DocsPage() {
  return <Overview api={settings().api} />;
}
