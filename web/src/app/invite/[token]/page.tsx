import type { Metadata } from "next";

import { Invitation } from "@/features/invitation/Invitation";
import { InvitationForStranger } from "@/features/invitation/InvitationForStranger";
import { SignInCard } from "@/features/sign-in/SignInCard";
import { visitor } from "@/server/visitor";

export const metadata: Metadata = { title: "Invitation", robots: { index: false } };

type Props = { params: Promise<{ token: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

const TOKEN = /^nxi_[A-Za-z0-9_-]{43}$/;

/** Where an invitation's link leads. Nothing is accepted by opening it. */
export default async function InvitationPage({ params, searchParams }: Props) {
  const [{ token }, { error }, known] = await Promise.all([params, searchParams, visitor()]);
  const code = Array.isArray(error) ? error[0] : error;
  if (!TOKEN.test(token)) return <InvitationForStranger token={null} error="invitation_unknown" />;
  if (!known) return <InvitationForStranger token={token} error={code} />;
  return (
    <SignInCard title="You are invited">
      <Invitation token={token} known={known} error={code} />
    </SignInCard>
  );
}
