"use client";

/** The memory of what was read: one client, with defaults that never leave a page blank or silent. */
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { asApiError, type FailureKind, kindOf } from "@/lib/failure";

/**
 * How often a page reads again what changes by itself, while it is visible: balance, ledger, usage, recent jobs. What
 * changed elsewhere has to be shown within 30 seconds, the request included.
 */
export const POLL_MILLISECONDS = 15_000;

const OPEN: readonly FailureKind[] = ["unreachable", "server", "bad_response"];

/** Where nothing was decided one more try may help; everything else is an answer. */
function isWorthAnotherTry(failures: number, thrown: unknown): boolean {
  return failures < 1 && OPEN.includes(kindOf(asApiError(thrown)));
}

/**
 * `networkMode: "always"`: the library's own default pauses in silence while the browser is offline, and the page
 * would show an old balance without a word. For the same reason coming back online must be asked for.
 */
export function makeQueryClient(onSignedOut: () => void): QueryClient {
  const leave = (thrown: unknown) => {
    if (kindOf(asApiError(thrown)) === "signed_out") onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: leave }),
    mutationCache: new MutationCache({ onError: leave }),
    defaultOptions: {
      queries: {
        networkMode: "always",
        refetchOnReconnect: "always",
        retry: isWorthAnotherTry,
        retryDelay: 1000,
        staleTime: 10_000,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

/** Where a session that is over goes: to sign-in, and from there back to this page. */
export function signInAddress(here: { pathname: string; search: string }): string {
  const query = new URLSearchParams({ error: "session_expired", next: here.pathname + here.search });
  return `/?${query}`;
}

function toSignIn(): void {
  window.location.assign(signInAddress(window.location));
}

export function DataProvider({ children, onSignedOut = toSignIn }: { children: ReactNode; onSignedOut?: () => void }) {
  const [client] = useState(() => makeQueryClient(onSignedOut));
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
