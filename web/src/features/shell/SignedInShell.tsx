"use client";

import type { ReactNode } from "react";

import { Shell } from "@/features/shell/Shell";
import { signOut } from "@/features/sign-in/session";
import { forgetDrafts } from "@/hooks/draft";
import type { Me } from "@/hooks/me";
import { forgetBalances } from "@/lib/kept-balance";

/** The shell with the way out of this application's own session. */
export function SignedInShell({ me, children }: { me: Me; children: ReactNode }) {
  const leave = async () => {
    await signOut();
    forgetBalances();
    forgetDrafts();
  };
  return (
    <Shell me={me} signOut={leave}>
      {children}
    </Shell>
  );
}
