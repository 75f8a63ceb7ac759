import type { Metadata } from "next";
import { redirect } from "next/navigation";

import { signInMessage, waitingMessage } from "@/features/sign-in/messages";
import { SignInButton } from "@/features/sign-in/SignInButton";
import { SignInCard } from "@/features/sign-in/SignInCard";
import { pathWithin } from "@/server/auth";
import { slugOf } from "@/server/session";
import { isLoopback, settings } from "@/server/settings";
import { visitor } from "@/server/visitor";

export const metadata: Metadata = { title: "Sign in" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** The way in. Whoever is signed in already goes on, unless they were sent here because something went wrong. */
export default async function SignInPage({ searchParams }: Props) {
  const query = await searchParams;
  const error = first(query["error"]);
  const next = pathWithin(first(query["next"]) ?? "/", settings()) ?? "/";
  const known = error ? null : await visitor();
  if (known) redirect(next === "/" ? `/${slugOf(known.organisation)}` : next);
  const notice = waitingMessage(error, first(query["domain"]));
  const { hostname, host } = new URL(settings().issuer);
  return (
    <SignInCard title="Sign in" notice={notice} trouble={notice === null ? signInMessage(error) : null}>
      <p className="mb-6 text-sm text-muted">AI work for your organisation, paid with credits.</p>
      <SignInButton next={next} />
      <p className="mt-4 text-xs text-muted">
        {isLoopback(hostname)
          ? `Development: the provider on ${host} stands in for Google, and wants no password.`
          : "Your organisation is found by your work address."}
      </p>
    </SignInCard>
  );
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
