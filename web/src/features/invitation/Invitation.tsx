"use client";

import { QueryClientProvider, useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { type ReactNode, useState } from "react";

import { signInMessage } from "@/features/sign-in/messages";
import { SignInButton } from "@/features/sign-in/SignInButton";
import { readingOf } from "@/hooks/reading";
import { call, v1 } from "@/lib/api";
import { asApiError, kindOf } from "@/lib/failure";
import { wordsForInvitation, wordsForOver } from "@/lib/failures-invitation";
import type { Words } from "@/lib/failures";
import { longDay } from "@/lib/format";
import { makeQueryClient } from "@/lib/query";
import { acceptInvitation, type Identity } from "@/lib/session";
import { Button, ButtonLink } from "@/ui/Button";
import { FailureNote } from "@/ui/FailureBlock";
import { Skeleton } from "@/ui/Skeleton";

interface InvitationProps {
  token: string;
  /** Who is signed in at this browser. */
  known: Identity;
  /** Why a sign-in by this link, with another account, did not work. */
  error: string | undefined;
}

/** For whoever is signed in: who invites them where and as what, what accepting means for them, and then the button. */
export function Invitation(props: InvitationProps) {
  const [memory] = useState(() => makeQueryClient(() => undefined)); // who is signed out is told here, beside the link
  return (
    <QueryClientProvider client={memory}>
      {props.error && (
        <p role="alert" className="mb-4 rounded-lg border border-bad-line bg-bad-soft px-3 py-2 text-sm text-bad">
          {signInMessage(props.error)}
        </p>
      )}
      <LookedUp {...props} />
    </QueryClientProvider>
  );
}

type Offer = Awaited<ReturnType<typeof lookUp>>;

function lookUp(token: string, signal: AbortSignal) {
  return call(v1.lookUpInvitation({ body: { token }, signal }));
}

function LookedUp({ token, known }: InvitationProps) {
  const { known: found, failure, retry } = readingOf(
    useQuery({ queryKey: ["invitation", token], queryFn: ({ signal }) => lookUp(token, signal), staleTime: Infinity, refetchOnWindowFocus: false }),
  );
  if (found) return <Answer token={token} known={known} offer={found.value} />;
  if (failure) {
    const words = wordsForInvitation(failure);
    const canSwitch = ["forbidden", "signed_out"].includes(kindOf(failure));
    return <Refused token={token} words={words} canSwitch={canSwitch} onRetry={retry} />;
  }
  return (
    <div role="status">
      <span className="sr-only">Loading: the invitation</span>
      <div aria-hidden className="flex flex-col gap-4">
        <Skeleton className="h-10" />
        <Skeleton className="h-24" />
        <Skeleton className="h-11" />
      </div>
    </div>
  );
}

function Answer({ token, known, offer }: { token: string; known: Identity; offer: Offer }) {
  const { mutate, isPending, error: thrown, data } = useMutation({ mutationFn: () => acceptInvitation(token) });
  if (data) return <Joined before={known} now={data} />;
  if (offer.is_member) return <Joined before={known} now={known} />;
  if (offer.status !== "open") return <Refused token={token} words={wordsForOver(offer.status, offer.organisation)} />;
  const failure = thrown === null ? null : asApiError(thrown);
  const words = failure && wordsForInvitation(failure);
  if (failure && words && (words.retry === "never" || words.way === "sign_in"))
    return <Refused token={token} words={words} canSwitch={["forbidden", "signed_out"].includes(kindOf(failure))} />;
  return (
    <div className="flex flex-col gap-4">
      <p>
        <Name>{offer.invited_by}</Name> invites you to join <Name>{offer.organisation}</Name> as {offer.role === "admin" ? "an admin" : "a member"}.
      </p>
      <p className="text-sm text-muted">
        The invitation is for <Name>{known.user.email}</Name>, the address that you are signed in with. It can be accepted until {longDay(new Date(offer.expires_at))}.
      </p>
      <div className="rounded-md border border-warn-line bg-warn-soft px-3 py-2 text-sm">
        <p className="font-medium text-warn">Accepting moves you</p>
        <p>
          You leave <Name>{known.organisation.name}</Name> immediately: your sessions and API keys there end, and its jobs, history and credits stay there. You can
          come back only by invitation.
        </p>
      </div>
      {words && <FailureNote words={words} />}
      <Button kind="primary" loading={isPending} onClick={() => mutate()} className="h-11">
        Accept and move
      </Button>
      <OtherWays token={token} canSwitch />
    </div>
  );
}

/** Somebody's own words inside a sentence of ours, in their own direction. */
function Name({ children }: { children: ReactNode }) {
  return <bdi className="font-semibold wrap-anywhere text-ink">{children}</bdi>;
}

interface RefusedProps {
  token: string;
  words: Words;
  canSwitch?: boolean;
  onRetry?: () => void;
}

function Refused({ token, words, canSwitch = false, onRetry }: RefusedProps) {
  return (
    <div className="flex flex-col gap-4">
      <FailureNote words={words} onRetry={onRetry} />
      <OtherWays token={token} canSwitch={canSwitch} />
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
        {stayed ? "You are already in " : "You have moved to "}
        <Name>{now.organisation.name}</Name>, as {now.user.role === "admin" ? "an admin" : "a member"}.
      </p>
      <ButtonLink kind="primary" href="/" prefetch={false} className="h-11">
        Go to the dashboard
      </ButtonLink>
    </div>
  );
}
