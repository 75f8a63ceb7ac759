"use client";

import Link from "next/link";
import type { ReactNode } from "react";

import { useRecentJobs } from "@/hooks/jobs";
import { useMe } from "@/hooks/me";
import { Card } from "@/ui/Card";
import { CodeSample } from "@/ui/CodeSample";

const CALL = `curl "$NEXUS_URL/v1/summarize" \\
  -H "Authorization: Bearer $NEXUS_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"text": "A long text"}'`;

/** For an organisation that has not done anything yet: what to do, in order. Gone with the first job. */
export function FirstSteps() {
  const { slug, isAdmin } = useMe();
  const { known } = useRecentJobs();
  if (!known || known.value.length > 0) return null;
  return (
    <Card title="First steps" note="Your organisation has not run anything yet.">
      <ol className="grid gap-4 lg:grid-cols-3">
        <Step number={1} title="Run something here">
          Paste a text and have it <Link prefetch={false} href={`/${slug}/playground`}>summarised or analysed</Link>. It costs 10 or 25 credits; a job that fails
          gives them back.
        </Step>
        <Step number={2} title="Call it from your program">
          {isAdmin ? <Link prefetch={false} href={`/${slug}/api-keys`}>Make an API key</Link> : "Ask an admin for an API key"}, then send the request below.
        </Step>
        <Step number={3} title="Hear when it is done">
          {isAdmin ? <Link prefetch={false} href={`/${slug}/webhooks`}>Register a webhook</Link> : "An admin can register a webhook"}: your server is told of every
          job that ends.
        </Step>
      </ol>
      <div className="mt-4">
        <CodeSample label="The first call" samples={[{ language: "curl", code: CALL }]} />
      </div>
    </Card>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span aria-hidden className="figures grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent">
        {number}
      </span>
      <div>
        <p className="font-medium">{title}</p>
        <p className="text-muted [&_a]:text-accent [&_a]:underline [&_a]:underline-offset-2">{children}</p>
      </div>
    </li>
  );
}
