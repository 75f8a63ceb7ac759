import type { Metadata } from "next";

import { Webhooks } from "@/features/webhooks/Webhooks";

export const metadata: Metadata = { title: "Webhooks" };

export default function WebhooksPage() {
  return <Webhooks />;
}
