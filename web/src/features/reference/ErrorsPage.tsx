import { Prose } from "@/features/reference/Prose";
import { ERRORS } from "@/features/reference/shapes";
import { Badge } from "@/ui/Badge";
import { PageHeader } from "@/ui/PageHeader";

/** Every code, what it means, and an example of it. */
export function ErrorsPage() {
  return (
    <article className="flex min-w-0 flex-col gap-5">
      <PageHeader crumbs={[{ label: "API reference", href: "/docs" }]} title="Errors" note="Programs rely on code, people read detail." />
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {ERRORS.map(({ code, status, meaning, example }) => (
          <li key={code} id={code} className="scroll-mt-20 px-4 py-3 target:bg-accent-soft">
            <h2 className="flex items-center gap-2">
              <code className="font-mono text-sm font-medium break-all">{code}</code>
              <Badge tone={status >= 500 ? "bad" : "neutral"}>{status}</Badge>
            </h2>
            <Prose text={meaning} className="text-sm text-muted" />
            <details className="mt-1 text-sm">
              <summary className="cursor-pointer text-muted">Example</summary>
              <pre tabIndex={0} aria-label={`Example of ${code}`} className="mt-1 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs leading-5 text-ink">
                {JSON.stringify(example, null, 2)}
              </pre>
            </details>
          </li>
        ))}
      </ul>
    </article>
  );
}
