import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { ShapePage } from "@/features/reference/ShapePage";
import { SHAPES } from "@/features/reference/shapes";

type Props = { params: Promise<{ shape: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).shape };
}

export default async function OneShapePage({ params }: Props) {
  const { shape } = await params;
  const schema = Object.hasOwn(SHAPES, shape) ? SHAPES[shape] : undefined;
  if (!schema) notFound();
  return <ShapePage name={shape} schema={schema} />;
}
