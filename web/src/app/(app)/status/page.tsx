import type { Metadata } from "next";

import { StatusPage } from "@/features/status/StatusPage";

export const metadata: Metadata = { title: "Status" };

export default function PlatformStatusPage() {
  return <StatusPage />;
}
