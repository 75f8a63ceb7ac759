import { notFound } from "next/navigation";
import type { ReactNode } from "react";

import { slugOf } from "@/server/session";
import { signedIn } from "@/server/visitor";

type Props = { children: ReactNode; params: Promise<{ org: string }> };

/** Everything of one organisation. Another's address is as unknown as one that nobody has. */
export default async function OrganisationLayout({ children, params }: Props) {
  const { organisation } = await signedIn();
  if (decodeURIComponent((await params).org) !== slugOf(organisation)) notFound();
  return children;
}
