"use client";

import { CircleAlert } from "lucide-react";

import { useFault } from "@/lib/faults";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Empty } from "@/ui/Empty";

interface PageErrorProps {
  error: Error & { digest?: string };
  reset: () => void;
}

/** A page that broke. The shell around it stays, so there is somewhere to go. */
export function PageError({ error, reset }: PageErrorProps) {
  useFault(error);
  return (
    <div role="alert" className="flex flex-1 flex-col">
      <Empty icon={<CircleAlert aria-hidden className="text-bad" />} title="This page broke" action={<Button onClick={reset}>Try again</Button>}>
        <h1 className="sr-only">Something went wrong</h1>
        <p>It was not your doing, and nothing was charged for it. If it stays, report what stands below.</p>
        {error.digest && (
          <p className="mt-1 text-xs">
            Error <code className="font-mono">{error.digest}</code> <CopyButton text={error.digest} label="Copy the error's number" />
          </p>
        )}
      </Empty>
    </div>
  );
}
