import { Fields, Kind } from "@/features/reference/Fields";
import type { Schema } from "@/features/reference/document";
import { Prose } from "@/features/reference/Prose";
import { fieldsOf, kindOf } from "@/features/reference/shapes";
import { CodeSample } from "@/ui/CodeSample";
import { PageHeader } from "@/ui/PageHeader";

/** What a body, an answer or a part of one is made of. */
export function ShapePage({ name, schema }: { name: string; schema: Schema }) {
  const fields = fieldsOf(schema);
  const example = schema.examples?.[0];
  return (
    <article className="flex min-w-0 flex-col gap-5">
      <PageHeader crumbs={[{ label: "API reference", href: "/docs" }]} title={name} note="A shape of bodies and answers" />
      <Prose text={schema.description ?? ""} />
      {fields.length > 0 ? (
        <Fields label={`Fields of ${name}`} fields={fields} />
      ) : (
        <p className="font-mono text-sm">
          <Kind of={kindOf(schema)} />
        </p>
      )}
      {example !== undefined && <CodeSample label="Example" samples={[{ language: "JSON", code: JSON.stringify(example, null, 2) }]} />}
    </article>
  );
}
