"use client";

/** What the shell itself raises in the banner slot: about the balance, and about not being able to read it. */
import Link from "next/link";
import { useMemo } from "react";

import { creditLevel } from "@/features/shell/credit-level";
import { useCredits } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { kindOf } from "@/lib/failure";
import { clock, count } from "@/lib/format";
import { useOnline } from "@/lib/online";
import { type BannerContent, useBanner } from "@/ui/Banner";

export function CreditBanners() {
  const { slug, isAdmin } = useMe();
  const { known, failure } = useCredits();
  const isOnline = useOnline();
  const balance = known?.value.balance;
  const debt = known?.value.debt ?? 0;
  const level = balance === undefined ? "fine" : creditLevel(balance);
  const isAway = !isOnline || (failure !== null && kindOf(failure) === "unreachable");
  const since = known && clock(known.asOf);

  const wayOut = useMemo(() => (isAdmin ? <Link href={`/${slug}/billing`}>Buy credits</Link> : "Ask an admin to buy credits."), [isAdmin, slug]);
  const out = level === "out" && debt === 0 ? "Your organisation is out of credits. New work waits until there are some." : null;
  const owed = debt > 0 ? `Your organisation owes ${count(debt, "credit")}. New work waits until that is paid.` : null;
  const low = level === "low" && balance !== undefined ? `Credits are running low: ${count(balance)} left.` : null;
  const away = isAway ? awayText(isOnline, since) : null;

  useBanner("out_of_credits", useContent(out, wayOut));
  useBanner("payment", useContent(owed, wayOut));
  useBanner("low_balance", useContent(low, wayOut));
  useBanner("offline", useContent(away, undefined));
  return null;
}

function awayText(isOnline: boolean, since: string | undefined): string {
  const what = isOnline ? "Can't reach the server." : "You are offline.";
  return since ? `${what} What you see was last updated ${since}.` : `${what} We keep trying.`;
}

function useContent(text: string | null, action: BannerContent["action"]): BannerContent | undefined {
  return useMemo(() => (text === null ? undefined : { text, action }), [text, action]);
}
