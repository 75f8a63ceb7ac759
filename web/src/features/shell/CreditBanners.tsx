"use client";

/** What the shell itself raises in the banner slot: about the balance, and about not being able to read it. */
import { useMemo } from "react";

import { creditLevel } from "@/features/shell/credit-level";
import { useCredits } from "@/hooks/credits";
import { kindOf } from "@/lib/failure";
import { clock, count } from "@/lib/format";
import { useOnline } from "@/lib/online";
import { type BannerContent, useBanner } from "@/ui/Banner";
import { GetCredits } from "@/ui/GetCredits";

const WAY_OUT = <GetCredits />;

export function CreditBanners() {
  const { known, failure } = useCredits();
  const isOnline = useOnline();
  const balance = known?.value.balance;
  const debt = known?.value.debt ?? 0;
  const level = balance === undefined ? "fine" : creditLevel(balance);
  const isAway = !isOnline || (failure !== null && kindOf(failure) === "unreachable");
  const since = known && clock(known.asOf);

  const out = level === "out" && debt === 0 ? "Your organisation is out of credits. New jobs are refused until you add credits." : null;
  const owed = debt > 0 ? `Your organisation owes ${count(debt, "credit")}. New jobs are refused until that is paid.` : null;
  const low = level === "low" && balance !== undefined ? `Credits are running low: ${count(balance)} left.` : null;
  const away = isAway ? awayText(isOnline, since) : null;

  useBanner("out_of_credits", useContent(out, WAY_OUT));
  useBanner("payment", useContent(owed, WAY_OUT));
  useBanner("low_balance", useContent(low, WAY_OUT));
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
