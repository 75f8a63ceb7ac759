import type { Metadata } from "next";

import { ErrorsPage } from "@/features/reference/ErrorsPage";

export const metadata: Metadata = { title: "Errors" };

export default function DocsErrorsPage() {
  return <ErrorsPage />;
}
