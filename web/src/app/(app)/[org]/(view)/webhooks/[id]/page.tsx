import type { Metadata } from "next";

import { WebhookPage } from "@/features/webhooks/WebhookPage";

export const metadata: Metadata = { title: "Webhook" };

type Props = { params: Promise<{ id: string }> };

export default async function OneWebhookPage({ params }: Props) {
  return <WebhookPage id={(await params).id} />;
}
