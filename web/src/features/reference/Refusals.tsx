import Link from "next/link";

import type { Operation } from "@/features/reference/operations";
import { Line } from "@/features/reference/Prose";

/** What an operation may be refused with: every code, with what it means. */
export function Refusals({ of }: { of: Operation["refusals"] }) {
  return (
    <ul className="divide-y divide-line rounded-md border border-line">
      {of.map(({ status, code, meaning }) => (
        <li key={`${status} ${code}`} className="grid grid-cols-[2.5rem_1fr] gap-x-2 px-3 py-2 text-sm">
          <span className="figures text-muted">{status}</span>
          <div className="min-w-0">
            {code && (
              <Link href={`/docs/errors#${code}`} prefetch={false} className="font-mono text-xs break-all text-accent hover:underline">
                {code}
              </Link>
            )}
            <p className="text-muted">
              <Line text={meaning} />
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
