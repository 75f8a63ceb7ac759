"use client";

import { Code } from "lucide-react";

import { verbOf } from "@/features/jobs/job-words";
import { samplesOf } from "@/features/run/samples";
import type { Draft, Kind } from "@/hooks/draft";
import { schemaOf } from "@/lib/order-failures";
import { Button } from "@/ui/Button";
import { CodeSample } from "@/ui/CodeSample";
import { Dialog } from "@/ui/Dialog";
import { Tabs } from "@/ui/Tabs";

const EXAMPLE_SCHEMA = { type: "object", properties: { name: { type: "string" } } };

/** The request that a button sends, as code. */
export function CodeDialog({ draft, kinds }: { draft: Draft; kinds: readonly Kind[] }) {
  const written = schemaOf(draft.schema);
  const schema = "schema" in written ? written.schema : EXAMPLE_SCHEMA;
  const inputOf = (kind: Kind) => (kind === "extract" ? { text: draft.text, schema } : { text: draft.text });
  return (
    <Dialog
      title="The same as code"
      description="With an API key of your organisation. A long text is shortened here."
      className="max-w-2xl"
      trigger={
        <Button kind="quiet" size="sm">
          <Code aria-hidden />
          View code
        </Button>
      }
    >
      <Tabs
        label="Kinds of work"
        tabs={kinds.map((kind) => ({
          name: kind,
          label: verbOf(kind),
          content: <CodeSample label={`${verbOf(kind)} as code`} samples={samplesOf(kind, draft.version, inputOf(kind))} />,
        }))}
      />
    </Dialog>
  );
}
