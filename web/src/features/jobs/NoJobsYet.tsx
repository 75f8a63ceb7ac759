"use client";

import { ListChecks } from "lucide-react";

import { useMe } from "@/hooks/me";
import { ButtonLink } from "@/ui/Button";
import { Empty } from "@/ui/Empty";

/** Where jobs would be listed, and how the first one gets there. */
export function NoJobsYet() {
  const { slug } = useMe();
  return (
    <Empty
      icon={<ListChecks aria-hidden />}
      title="No jobs yet"
      action={
        <ButtonLink size="sm" href={`/${slug}/playground`}>
          Run the first one
        </ButtonLink>
      }
    >
      Whatever you, your colleagues or your programs ask for is listed here, with its result.
    </Empty>
  );
}
