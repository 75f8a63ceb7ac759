"use client";

import type { ComponentProps } from "react";

import { useMe } from "@/hooks/me";
import { Button } from "@/ui/Button";

/** What opens the account's menu: the first letter of who is signed in. */
export function AccountButton(props: Omit<ComponentProps<typeof Button>, "children">) {
  const { user } = useMe();
  const name = user.name ?? user.email;
  return (
    <Button kind="quiet" size="icon" aria-label={`Account of ${name}`} className="rounded-full bg-hover font-semibold text-ink uppercase" {...props}>
      {Array.from(name)[0]}
    </Button>
  );
}
