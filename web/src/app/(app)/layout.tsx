import type { ReactNode } from "react";

import { SignedInShell } from "@/features/shell/SignedInShell";
import { signedIn } from "@/server/visitor";

/** Every page for whoever is signed in: one shell, which stays while the pages in it change. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  const { user, organisation } = await signedIn();
  const role = user.role === "admin" ? "admin" : "member"; // a role that is new to us sees the least
  return (
    <SignedInShell me={{ user: { ...user, role }, organisation }}>{children}</SignedInShell>
  );
}
