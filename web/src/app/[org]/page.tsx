import type { Metadata } from "next";

import { signedIn } from "@/server/visitor";

export const metadata: Metadata = { title: "Dashboard" };

export default async function DashboardPage() {
  const { user, organisation } = await signedIn();
  return (
    <main className="p-4">
      <h1 className="text-xl font-semibold">{organisation.name}</h1>
      <p className="text-muted">You are {user.role === "admin" ? "an admin" : "a member"} here.</p>
    </main>
  );
}
