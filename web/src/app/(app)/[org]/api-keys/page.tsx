import type { Metadata } from "next";

import { ApiKeys } from "@/features/api-keys/ApiKeys";
import { settings } from "@/server/settings";

export const metadata: Metadata = { title: "API keys" };

export default function ApiKeysPage() {
  return <ApiKeys api={settings().api} />;
}
