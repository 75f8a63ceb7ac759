"use client";

import { type ReactNode, useEffect } from "react";

import { Shell } from "@/features/shell/Shell";
import { signOut } from "@/features/sign-in/session";
import type { Me } from "@/hooks/me";
import { watchFaults } from "@/lib/faults";

/** The shell with the way out of this application's own session. */
export function SignedInShell({ me, children }: { me: Me; children: ReactNode }) {
  useEffect(watchFaults, []);
  return (
    <Shell me={me} signOut={signOut}>
      {children}
    </Shell>
  );
}
