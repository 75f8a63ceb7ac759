import Link from "next/link";

import { signInMessage } from "@/features/sign-in/messages";
import { SignInButton } from "@/features/sign-in/SignInButton";
import { SignInCard } from "@/features/sign-in/SignInCard";

/** For whoever is not signed in: signing in here accepts, so what that means stands before the button. */
export function InvitationForStranger({ token, error }: { token: string | null; error: string | undefined }) {
  return (
    <SignInCard title={token ? "You are invited" : "Invitation"} trouble={signInMessage(error)}>
      {token ? (
        <>
          <p className="mb-3 text-sm text-muted">
            An organisation invites you to work with it on NexusAPI. Sign in with the account of the address that the invitation was made for; with that you
            accept it.
          </p>
          <p className="mb-6 text-sm text-muted">
            A person belongs to one organisation at a time. If you belong to another one here, <strong className="text-ink">accepting moves you</strong>: you
            leave it at once, and its jobs, history and credits stay there.
          </p>
          <SignInButton next={`/invite/${token}/joined`} label="Sign in and accept" />
        </>
      ) : (
        <Link href="/" className="text-sm font-medium text-accent underline underline-offset-4">
          Go to the sign-in
        </Link>
      )}
    </SignInCard>
  );
}
