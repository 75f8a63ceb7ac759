"use client";

import { QueryClientProvider, useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";

import { signInMessage } from "@/features/sign-in/messages";
import { SignInButton } from "@/features/sign-in/SignInButton";
import { asApiError, kindOf } from "@/lib/failure";
import { wordsForInvitation } from "@/lib/failures-invitation";
import { makeQueryClient } from "@/lib/query";
import { acceptInvitation, type Identity } from "@/lib/session";
import { Button, ButtonLink } from "@/ui/Button";
import { FailureNote } from "@/ui/FailureBlock";

interface InvitationProps {
  token: string;
  /** Who is signed in at this browser. */
  known: Identity;
  /** Why a sign-in by this link, with another account, did not work. */
  error: string | undefined;
}

/** For whoever is signed in: what accepting means for them, and then the button. */
export function Invitation(props: InvitationProps) {
  const [memory] = useState(() => makeQueryClient(() => undefined)); // who is signed out is told here, beside the link
  return (
    <QueryClientProvider client={memory}>
      <Offer {...props} />
    </QueryClientProvider>
  );
}

function Offer({ token, known, error }: InvitationProps) {
  const { mutate, isPending, error: thrown, data } = useMutation({ mutationFn: () => acceptInvitation(token) });
  if (data) return <Joined before={known} now={data} />;
  const failure = thrown === null ? null : asApiError(thrown);
  const words = failure && wordsForInvitation(failure);
  const isOver = words?.retry === "never" || words?.way === "sign_in";
  return (
    <div className="flex flex-col gap-4">
      {error && !failure && (
        <p role="alert" className="rounded-lg border border-bad-line bg-bad-soft px-3 py-2 text-sm text-bad">
          {signInMessage(error)}
        </p>
      )}
      <p className="text-sm text-muted">
        An organisation invites you to work with it on NexusAPI. You are signed in as <strong className="break-all text-ink">{known.user.email}</strong>.
      </p>
      {!isOver && (
        <div className="rounded-md border border-warn-line bg-warn-soft px-3 py-2 text-sm">
          <p className="font-medium text-warn">Accepting moves you</p>
          <p>
            You leave <strong className="break-words">{known.organisation.name}</strong> at once, unless it is the one that invites you: your sessions and API
            keys there end, and its jobs, history and credits stay there. You come back by an invitation alone.
          </p>
        </div>
      )}
      {words && <FailureNote words={words} />}
      {!isOver && (
        <Button kind="primary" loading={isPending} onClick={() => mutate()} className="h-11">
          Accept and move
        </Button>
      )}
      <OtherWays token={token} canSwitch={failure === null || ["forbidden", "signed_out"].includes(kindOf(failure))} />
    </div>
  );
}

/** Not with this account, or not at all. */
function OtherWays({ token, canSwitch }: { token: string; canSwitch: boolean }) {
  return (
    <div className="flex flex-col gap-3">
      {canSwitch && <SignInButton kind="plain" next={`/invite/${token}/joined`} label="Accept with another account" />}
      <Link href="/" prefetch={false} className="self-start text-sm font-medium text-accent underline underline-offset-4">
        Not now: go to my dashboard
      </Link>
    </div>
  );
}

function Joined({ before, now }: { before: Identity; now: Identity }) {
  const stayed = before.organisation.id === now.organisation.id;
  return (
    <div role="status" className="flex flex-col gap-4">
      <p>
        {stayed ? "You belong to " : "You have moved to "}
        <strong className="break-words">{now.organisation.name}</strong>
        {stayed ? " already" : ""}, as {now.user.role === "admin" ? "an admin" : "a member"}.
      </p>
      <ButtonLink kind="primary" href="/" prefetch={false} className="h-11">
        Go to the dashboard
      </ButtonLink>
    </div>
  );
}
