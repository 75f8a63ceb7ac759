import { notFound } from "next/navigation";
import type { ReactNode } from "react";

import { slugOf } from "@/server/session";
import { signedIn } from "@/server/visitor";

type Props = { children: ReactNode; params: Promise<{ org: string }> };

/** Everything of one organisation. Another's address is as unknown as one that nobody has. */
export default async function OrganisationLayout({ children, params }: Props) {
  const { user, organisation } = await signedIn();
  if (decodeURIComponent((await params).org) !== slugOf(organisation)) notFound();
  return (
    <div className="min-h-dvh bg-canvas text-ink">
      <header className="flex items-center justify-between border-b border-line bg-surface px-4 py-3 text-sm">
        <strong>{organisation.name}</strong>
        <span className="text-muted">
          {user.email} · {user.role}
        </span>
      </header>
      {children}
    </div>
  );
}
