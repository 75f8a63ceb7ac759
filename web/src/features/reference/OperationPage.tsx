import type { ReactNode } from "react";

import { titleOf } from "@/features/reference/entries";
import { Fields, Kind } from "@/features/reference/Fields";
import { Method } from "@/features/reference/Method";
import type { Operation } from "@/features/reference/operations";
import { Prose } from "@/features/reference/Prose";
import { Refusals } from "@/features/reference/Refusals";
import { resolved, type Schema } from "@/features/reference/document";
import { samplesOf } from "@/features/reference/samples";
import { fieldsOf, kindOf, limitsOf } from "@/features/reference/shapes";
import { Badge } from "@/ui/Badge";
import { CodeSample } from "@/ui/CodeSample";
import { PageHeader } from "@/ui/PageHeader";

/** One operation: who may, what goes in, what comes out, what may go wrong, and a program that does it. */
export function OperationPage({ operation, api }: { operation: Operation; api: string }) {
  const { method, path, summary, description, parameters, body, answers, output } = operation;
  return (
    <article className="flex min-w-0 flex-col gap-5">
      <PageHeader
        crumbs={[{ label: "API reference", href: "/docs" }]}
        title={<span className="whitespace-normal">{summary}</span>}
        note={titleOf(operation.tag)}
      />
      <p className="flex flex-wrap items-center gap-2">
        <Method of={method} />
        <code className="font-mono break-all">{path}</code>
        <Access of={operation} />
      </p>
      <Prose text={description} />
      <div className="grid items-start gap-6 xl:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-5">
          {parameters.length > 0 && (
            <Section title="Parameters">
              <Fields label="Parameters" fields={parameters.map(toldOf)} />
            </Section>
          )}
          {body && <Shape title="Body" schema={body.schema} />}
          {answers.map(({ status, description: said, schema }) =>
            schema ? (
              <Shape key={status} title={`Answer ${status}`} schema={schema} isGiven />
            ) : (
              <Section key={status} title={`Answer ${status}`}>
                <Prose text={said} className="text-sm text-muted" />
              </Section>
            ),
          )}
          {output && <Shape title="The job's output_data" schema={output} isGiven />}
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <CodeSample label="Request" samples={samplesOf(operation, api)} />
          {answers
            .filter(({ example }) => example !== undefined)
            .map(({ status, example }) => (
              <CodeSample key={status} label={`Answer ${status}`} samples={[{ language: `${status}, JSON`, code: JSON.stringify(example, null, 2) }]} />
            ))}
          <Section title="Refusals">
            <Refusals of={operation.refusals} />
          </Section>
        </div>
      </div>
    </article>
  );
}

function Access({ of: { access, isDeprecated } }: { of: Operation }) {
  return (
    <>
      {access.open ? <Badge>Open to anyone</Badge> : <Badge tone="accent">{access.scope ? `Key with ${access.scope}, or signed in` : "Signed in, no key"}</Badge>}
      {isDeprecated && <Badge tone="warn">Deprecated</Badge>}
    </>
  );
}

function Section({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Shape({ title, schema, isGiven = false }: { title: string; schema: Schema; isGiven?: boolean }) {
  const fields = fieldsOf(resolved(schema));
  const heading = (
    <>
      {title}{" "}
      <span className="text-sm font-normal text-muted">
        <Kind of={kindOf(schema)} />
      </span>
    </>
  );
  return (
    <Section title={heading}>
      {fields.length > 0 ? (
        <Fields label={`Fields of ${title}`} fields={fields} isGiven={isGiven} />
      ) : (
        <p className="text-sm text-muted">{resolved(schema).description}</p>
      )}
    </Section>
  );
}

function toldOf({ name, in: place, required, description = "", schema }: Operation["parameters"][number]) {
  return { name, must: required, kind: kindOf(schema), limits: limitsOf(schema), description: `In the ${place}. ${description}` };
}
