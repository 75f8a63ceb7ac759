import Link from "next/link";

import { firstCall } from "@/features/api-keys/samples";
import { REFERENCE } from "@/features/reference/document";
import { titleOf } from "@/features/reference/entries";
import { Method } from "@/features/reference/Method";
import { GROUPS } from "@/features/reference/operations";
import { Prose } from "@/features/reference/Prose";
import { Card } from "@/ui/Card";
import { CodeSample } from "@/ui/CodeSample";
import { CopyButton } from "@/ui/CopyButton";
import { PageHeader } from "@/ui/PageHeader";

/** Where the API is, how to ask it, and a first call. */
export function Overview({ api }: { api: string }) {
  return (
    <article className="flex min-w-0 flex-col gap-5">
      <PageHeader title="API reference" note="Made from the OpenAPI documents of this release" />
      <Card title="Base URL">
        <p className="flex items-center gap-1">
          <code className="min-w-0 font-mono break-all">{api}</code>
          <CopyButton text={api} label="Copy the base URL" />
        </p>
        <ul className="mt-3 flex flex-col gap-1 text-sm text-muted [&_a]:text-accent [&_a]:underline [&_a]:underline-offset-2">
          <li>
            For programs: <a href={`${api}/openapi.json`}>the whole document</a>, <a href={`${api}/v1/openapi.json`}>v1</a>,{" "}
            <a href={`${api}/v2/openapi.json`}>v2</a>
          </li>
          <li>
            On one page, to print or to search through: <a href={`${api}/docs`}>the API&rsquo;s own</a>
          </li>
          <li>
            <Link href="/docs/errors">Every error code</Link>, what it means and what to do
          </li>
        </ul>
      </Card>
      <Prose text={REFERENCE.info.description} />
      <CodeSample label="A first call" samples={firstCall(api)} />
      {GROUPS.map(({ name, description, operations }) => (
        <Card key={name} title={titleOf(name)} note={description} padded={false}>
          <ul>
            {operations.map(({ id, method, path, summary }) => (
              <li key={id} className="relative flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2 hover:bg-hover/60">
                <Link href={`/docs/${id}`} prefetch={false} className="min-w-0 flex-1 basis-56 rounded-sm font-medium after:absolute after:inset-0">
                  {summary}
                </Link>
                <code className="min-w-0 font-mono text-xs break-all text-muted">{path}</code>
                <Method of={method} />
              </li>
            ))}
          </ul>
        </Card>
      ))}
    </article>
  );
}
