"use client";

import { CircleAlert, TriangleAlert } from "lucide-react";

import { useSlug } from "@/hooks/me";
import type { Words } from "@/lib/failures";
import { clock } from "@/lib/format";
import { signInAddress } from "@/lib/query";
import { Button, ButtonLink } from "@/ui/Button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/CopyButton";
import { Countdown } from "@/ui/Countdown";
import { GetCredits } from "@/ui/GetCredits";

interface FailureProps {
  words: Words;
  onRetry?: (() => void) | undefined;
}

/** A failure where the content would be: what happened, what to do, the way out. */
export function FailureBlock({ words, onRetry }: FailureProps) {
  const Icon = words.tone === "bad" ? CircleAlert : TriangleAlert;
  return (
    <div role="alert" className="flex flex-1 flex-col items-center justify-center gap-1 px-4 py-8 text-center">
      <Icon aria-hidden className={cn("mb-1 size-5", words.tone === "bad" ? "text-bad" : "text-warn")} />
      <p className="font-medium">{words.title}</p>
      <p className="max-w-sm text-muted">{words.detail}</p>
      {words.requestId && <RequestId id={words.requestId} />}
      <FailureWay words={words} onRetry={onRetry} />
    </div>
  );
}

/** A failure of a form or an action, in one box above its buttons. */
export function FailureNote({ words, onRetry }: FailureProps) {
  return (
    <div
      role="alert"
      className={cn(
        "flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-md border px-3 py-2",
        words.tone === "bad" ? "border-bad-line bg-bad-soft" : "border-warn-line bg-warn-soft",
      )}
    >
      <div className="min-w-0">
        <p className={cn("font-medium", words.tone === "bad" ? "text-bad" : "text-warn")}>{words.title}</p>
        <p className="text-sm">{words.detail}</p>
        {words.requestId && <RequestId id={words.requestId} />}
      </div>
      <FailureWay words={words} onRetry={onRetry} />
    </div>
  );
}

/** Above content that is older than it should be. */
export function StaleLine({ words, asOf, onRetry, flush = false }: FailureProps & { asOf: Date; flush?: boolean }) {
  const waits = words.retry === "wait" && words.waitSeconds !== undefined;
  return (
    <p role="status" className={cn("figures mb-3 flex items-start gap-2 rounded-md bg-warn-soft px-2.5 py-1.5 text-sm text-warn", flush && "mx-4")}>
      <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className="flex flex-wrap gap-x-2">
        <span>
          {words.title}. Last updated {clock(asOf)}.
        </span>
        {waits && <Countdown key={asOf.getTime()} seconds={words.waitSeconds ?? 0} onDone={onRetry} />}
        {words.retry === "user" && onRetry && (
          <button type="button" className="font-medium underline underline-offset-2" onClick={onRetry}>
            Retry
          </button>
        )}
      </span>
    </p>
  );
}

function FailureWay({ words, onRetry }: FailureProps) {
  const slug = useSlug();
  if (words.way === "billing" && slug)
    return (
      <div className="mt-2 text-sm">
        <GetCredits asButton />
      </div>
    );
  if (words.way === "sign_in")
    return (
      <ButtonLink kind="primary" size="sm" className="mt-2" href={signInAddress(window.location)}>
        Sign in
      </ButtonLink>
    );
  if (words.retry === "wait")
    return (
      <p className="mt-2 text-sm">
        <Countdown seconds={words.waitSeconds ?? 0} onDone={onRetry} />
      </p>
    );
  if (words.retry === "never" || !onRetry) return null;
  return (
    <Button size="sm" className="mt-2" onClick={onRetry}>
      Retry
    </Button>
  );
}

function RequestId({ id }: { id: string }) {
  return (
    <p className="mt-1 inline-flex max-w-full items-center gap-1 text-xs text-muted">
      Request <code className="truncate font-mono">{id}</code>
      <CopyButton text={id} label="Copy the request id" />
    </p>
  );
}
