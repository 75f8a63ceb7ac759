"use client";

import { SearchX } from "lucide-react";

import { useMe } from "@/hooks/me";
import { ButtonLink } from "@/ui/Button";
import { Empty } from "@/ui/Empty";

/** For an unknown address, and for another organisation's: nobody can tell which. */
export function NothingHere() {
  const { slug } = useMe();
  return (
    <Empty icon={<SearchX aria-hidden />} title="There is nothing here" action={<ButtonLink href={`/${slug}`}>Go to the dashboard</ButtonLink>}>
      <h1 className="sr-only">Not found</h1>
      <p>The address is wrong, or it belongs to another organisation.</p>
    </Empty>
  );
}
