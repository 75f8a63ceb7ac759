import type { Metadata } from "next";

import { RunPage } from "@/features/run/RunPage";

export const metadata: Metadata = { title: "Run" };

export default function PlaygroundPage() {
  return <RunPage />;
}
