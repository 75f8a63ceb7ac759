"use client";

import { SessionsPanel } from "@/features/account/SessionsPanel";
import { ThemeCard } from "@/features/account/ThemeCard";
import { Fact } from "@/features/settings/FactsPanel";
import { useMe } from "@/hooks/me";
import { Card } from "@/ui/Card";
import { PageHeader } from "@/ui/PageHeader";

/** What is one's own: who one is, where one is signed in, how it looks. */
export function Account() {
  return (
    <>
      <PageHeader title="Your account" />
      <div className="grid items-start gap-4 lg:grid-cols-3">
        <div className="flex min-w-0 flex-col gap-4">
          <Profile />
          <ThemeCard />
        </div>
        <div className="min-w-0 lg:col-span-2">
          <SessionsPanel />
        </div>
      </div>
    </>
  );
}

function Profile() {
  const { user, organisation } = useMe();
  return (
    <Card title="Profile" note="As the account that you sign in with says it.">
      <dl className="flex flex-col gap-3">
        <Fact name="Name">{user.name ?? "Not told"}</Fact>
        <Fact name="E-mail">{user.email}</Fact>
        <Fact name="Organisation" note="A person belongs to one at a time; an invitation moves them.">
          {organisation.name}
        </Fact>
        <Fact name="Role" {...(user.role === "member" && { note: "An admin can change it." })}>
          {user.role === "admin" ? "Admin" : "Member"}
        </Fact>
      </dl>
    </Card>
  );
}
