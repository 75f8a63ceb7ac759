import type { Metadata } from "next";

import { NothingHere } from "@/features/shell/NothingHere";

export const metadata: Metadata = { title: "Not found" };

/** One page for what is not there and for what is somebody else's. */
export default function NotFound() {
  return <NothingHere />;
}
