"use client";

import Link from "next/link";

import { useMe } from "@/hooks/me";
import { Card } from "@/ui/Card";
import { CopyButton } from "@/ui/CopyButton";

const PATTERN = "nx_live_[0-9A-Za-z]{49}";

/** What to do about a key that somebody else may have. */
export function IfLeaked() {
  const { slug } = useMe();
  return (
    <Card title="If a key leaked" note="In a repository, a log, a message: take it for known.">
      <ol className="ml-5 flex list-decimal flex-col gap-2 [&_a]:text-accent [&_a]:underline [&_a]:underline-offset-2">
        <li>
          <strong className="font-medium">Rotate it</strong> and let the old value end at once; or revoke it, if nothing needs it. Either counts from the
          next request on.
        </li>
        <li>
          <strong className="font-medium">See what was done.</strong> The <Link href={`/${slug}/audit`}>audit log</Link> names the key behind each change,{" "}
          <Link href={`/${slug}/usage`}>usage</Link> what was spent.
        </li>
        <li>
          <strong className="font-medium">Find it next time.</strong> Teach this form to whatever looks for secrets in your repositories:
          <span className="mt-1 flex items-center gap-1">
            <code className="min-w-0 rounded-sm bg-sunken px-1.5 py-0.5 font-mono text-xs break-all">{PATTERN}</code>
            <CopyButton text={PATTERN} label="Copy the pattern" />
          </span>
        </li>
      </ol>
    </Card>
  );
}
