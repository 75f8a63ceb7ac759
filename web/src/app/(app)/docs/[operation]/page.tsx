import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { OperationPage } from "@/features/reference/OperationPage";
import { findOperation } from "@/features/reference/operations";
import { settings } from "@/server/settings";

type Props = { params: Promise<{ operation: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: findOperation((await params).operation)?.summary ?? "Not found" };
}

export default async function OneOperationPage({ params }: Props) {
  const operation = findOperation((await params).operation);
  if (!operation) notFound();
  return <OperationPage operation={operation} api={settings().api} />;
}
