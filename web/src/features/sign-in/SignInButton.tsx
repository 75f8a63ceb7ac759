"use client";

import { useState } from "react";

import { signInMessage } from "./messages";
import { beginSignIn } from "./session";

type Props = { next: string; label?: string; kind?: "primary" | "plain" };

const LOOK = {
  primary: "bg-accent-solid text-white hover:bg-accent-solid-hover",
  plain: "border border-edge/60 bg-surface text-ink hover:bg-hover",
} as const;

/** Sends a person to the identity provider. It stays busy until the page is gone. */
export function SignInButton({ next, label = "Continue with Google", kind = "primary" }: Props) {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState(false);

  async function begin() {
    setBusy(true);
    setTrouble(false);
    try {
      await beginSignIn(next);
    } catch {
      setBusy(false);
      setTrouble(true);
    }
  }

  return (
    <>
      <button
        type="button"
        onClick={begin}
        disabled={busy}
        className={`h-11 w-full cursor-pointer rounded-lg px-4 font-medium ${LOOK[kind]} focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-accent disabled:cursor-default disabled:opacity-70`}
      >
        {busy ? "One moment…" : label}
      </button>
      {trouble && (
        <p role="alert" className="mt-3 text-sm text-bad">
          {signInMessage("backend_unreachable")}
        </p>
      )}
    </>
  );
}
