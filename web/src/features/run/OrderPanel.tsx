"use client";

import { type KeyboardEvent, useRef, useState } from "react";

import { CodeDialog } from "@/features/run/CodeDialog";
import { OrderButtons } from "@/features/run/OrderButtons";
import { OrderTrouble } from "@/features/run/OrderTrouble";
import { type Draft, type Kind, useDraft, useEarlyText, type Version } from "@/hooks/draft";
import { useJobTypes } from "@/hooks/jobs";
import type { Submission } from "@/hooks/run";
import { fieldMessages } from "@/lib/failures";
import { schemaOf, troubleWith } from "@/lib/order-failures";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { Textarea } from "@/ui/Textarea";

const LONGEST_TEXT = 50_000; // code points, as the API counts
const VERSION_OPTIONS = [
  { value: "v1", label: "v1" },
  { value: "v2", label: "v2", hint: "also tells the credits that remain" },
] as const;

/** What is to be done: a text, and what with it. */
export function OrderPanel({ submission }: { submission: Submission }) {
  const [draft, change] = useDraft();
  const [trouble, setTrouble] = useState<Record<string, string>>({});
  const textRef = useRef<HTMLTextAreaElement>(null);
  const schemaRef = useRef<HTMLTextAreaElement>(null);
  useEarlyText(textRef);
  const types = useJobTypes();
  const said = submission.failure ? fieldMessages(submission.failure) : {};

  const submit = (kind: Kind) => {
    const asked = read(kind, draft);
    change({ kind });
    if ("input" in asked) {
      setTrouble({});
      submission.submit(kind, draft.version, asked.input);
    } else {
      setTrouble(asked.trouble);
      (asked.trouble.text ? textRef : schemaRef).current?.focus();
    }
  };
  const write = (changed: Partial<Draft>) => {
    setTrouble({});
    change(changed);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (types.known) submit(draft.kind);
  };

  return (
    <Card
      title="Your text"
      actions={
        <>
          <CodeDialog draft={draft} kinds={["summarize", "analyze"]} />
          <Select<Version>
            label="API version"
            className="w-20"
            options={VERSION_OPTIONS}
            value={draft.version}
            onChange={(version) => change({ version })}
          />
        </>
      }
    >
      <div className="flex flex-1 flex-col gap-4" onKeyDown={press}>
        <Field label="Text" hint="In any language. It stays in this tab until you send it." error={trouble.text ?? said.text} className="flex-1">
          <Textarea
            ref={textRef}
            rows={14}
            limit={LONGEST_TEXT}
            spellCheck={false}
            placeholder="Paste or write a text"
            value={draft.text}
            onChange={({ target }) => write({ text: target.value })}
          />
        </Field>
        <BroughtHere draft={draft} onBack={(before) => write({ ...before, before: null })} />
        <OrderTrouble submission={submission} />
        <OrderButtons
          types={types}
          draft={draft}
          submission={submission}
          onSubmit={submit}
          schema={
            <Field label="JSON Schema" hint="What to look for, in which shape." error={trouble.schema ?? said.schema}>
              <Textarea
                ref={schemaRef}
                dir="ltr"
                rows={6}
                spellCheck={false}
                className="font-mono text-xs"
                placeholder={'{"type": "object", "properties": {"name": {"type": "string"}}}'}
                value={draft.schema}
                onChange={({ target }) => write({ schema: target.value })}
              />
            </Field>
          }
        />
      </div>
    </Card>
  );
}

/** What is to be sent, or what is wrong with which field. */
function read(kind: Kind, { text, schema }: Draft): { input: { text: string; schema?: Record<string, unknown> } } | { trouble: Record<string, string> } {
  const trouble = troubleWith(text, LONGEST_TEXT);
  if (Object.keys(trouble).length > 0) return { trouble };
  if (kind !== "extract") return { input: { text } };
  const written = schemaOf(schema);
  return "schema" in written ? { input: { text, schema: written.schema } } : { trouble: { schema: written.trouble } };
}

function BroughtHere({ draft, onBack }: { draft: Draft; onBack: (before: NonNullable<Draft["before"]>) => void }) {
  const { before } = draft;
  if (before === null) return null;
  return (
    <p className="text-sm text-muted">
      This is the input of a job.{" "}
      <button type="button" className="text-accent underline underline-offset-2" onClick={() => onBack(before)}>
        Bring back what you wrote before
      </button>
    </p>
  );
}
