import Link from "next/link";

import { Line } from "@/features/reference/Prose";
import type { FieldTold, Piece } from "@/features/reference/shapes";

/** Fields or parameters: the name, what it holds, what it means. Of an answer every field is there, so none is marked. */
export function Fields({ label, fields, isGiven = false }: { label: string; fields: readonly FieldTold[]; isGiven?: boolean }) {
  return (
    <ul aria-label={label} className="divide-y divide-line rounded-md border border-line">
      {fields.map((field) => (
        <li key={field.name} className="px-3 py-2">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <code className="font-mono text-sm font-medium">{field.name}</code>
            <span className="text-sm text-muted">
              <Kind of={field.kind} />
            </span>
            {field.must && !isGiven && <span className="text-xs font-medium text-warn">required</span>}
          </p>
          {(field.description || field.limits) && (
            <p className="text-sm text-muted">
              <Line text={[field.description, field.limits].filter(Boolean).join(" ")} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What something holds; shapes are links. */
export function Kind({ of }: { of: readonly Piece[] }) {
  return of.map(({ text, shape }, index) =>
    shape ? (
      <Link key={index} href={`/docs/shapes/${shape}`} className="text-accent underline underline-offset-2">
        {text}
      </Link>
    ) : (
      <span key={index}>{text}</span>
    ),
  );
}
