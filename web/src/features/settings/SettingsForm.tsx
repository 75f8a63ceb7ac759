"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";

import { changeOf, conflictsOf, type Draft, type Part, type Values, valuesOf, valuesShape } from "@/features/settings/draft";
import { useDraft } from "@/features/settings/use-draft";
import { auditKeys } from "@/hooks/audit";
import { useReadAnew } from "@/hooks/identity";
import { type Organisation, organisationKeys, readOrganisation } from "@/hooks/organisation";
import { ApiError, call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { isolated } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Switch } from "@/ui/Choice";
import { FailureNote } from "@/ui/FailureBlock";
import { Field, Input } from "@/ui/Field";
import { type Option, Select } from "@/ui/Select";
import { useToast } from "@/ui/Toast";

type Policy = Values["join_policy"];

const POLICIES: readonly Option<Policy>[] = [
  { value: "automatic", label: "Everybody of our domain joins at once" },
  { value: "approval", label: "An admin lets each of them in" },
  { value: "off", label: "Nobody: by invitation only" },
];

/** The settings as a form. What was entered stays until it is saved or discarded, whatever happens. */
export function SettingsForm({ organisation }: { organisation: Organisation }) {
  const { draft, isDirty, wasKept, overtaken, enter, rebase, drop } = useDraft(organisation.id, valuesOf(organisation));
  const [wrong, setWrong] = useState<string>();
  const name = useRef<HTMLInputElement>(null);
  const { run, isRunning, words, fields, reset } = useSaving(rebase, drop);
  const now = valuesOf(organisation);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = valuesShape.safeParse(draft.values);
    setWrong(checked.error?.issues[0]?.message);
    if (checked.error) return name.current?.focus();
    run({ base: draft.base, values: checked.data });
  };
  const { values } = draft;
  return (
    <form noValidate onSubmit={submit} className="flex max-w-xl flex-col gap-5">
      <Field label="Name" error={wrong ?? fields["name"]} hint={hintOf(overtaken, "name", now.name)}>
        <Input ref={name} value={values.name} onValueChange={(entered) => enter({ name: entered })} autoComplete="off" />
      </Field>
      <Field label="Who joins by domain" hint={hintOf(overtaken, "join_policy", labelOf(now.join_policy)) ?? domainHint(organisation.domain)}>
        <Select options={POLICIES} value={values.join_policy} onChange={(join_policy) => enter({ join_policy })} />
      </Field>
      <Switch
        checked={values.caching}
        onChange={(caching) => enter({ caching })}
        label="Keep answers for an hour"
        hint={
          hintOf(overtaken, "caching", now.caching ? "on" : "off") ?? "Whoever asks the same again within the hour gets the kept answer at once, for nothing."
        }
      />
      {words && <FailureNote words={words} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" kind="primary" loading={isRunning} disabledReason={isDirty ? undefined : "Nothing has been changed."}>
          Save
        </Button>
        {isDirty && (
          <Button
            onClick={() => {
              reset();
              setWrong(undefined);
              drop(now);
            }}
          >
            Discard
          </Button>
        )}
        <p role="status" className="text-sm text-muted">
          {isDirty && (wasKept ? "Your unsaved changes from before are still here." : "There are unsaved changes.")}
        </p>
      </div>
    </form>
  );
}

/** Look first whether somebody else was faster; then send what was changed. */
function useSaving(rebase: (base: Values) => void, drop: (base: Values) => void) {
  const memory = useQueryClient();
  const toast = useToast();
  const readAnew = useReadAnew();
  return useChange({
    send: async (draft: Draft) => {
      const found = await readOrganisation();
      memory.setQueryData(organisationKeys.all, found);
      if (conflictsOf(draft, valuesOf(found)).length > 0) {
        rebase(valuesOf(found)); // whoever saves again has seen it, and means it
        throw new ApiError("changed_meanwhile", 409, "");
      }
      return call(v1.changeOrganisation({ body: changeOf(draft) }));
    },
    onDone: (saved) => {
      memory.setQueryData(organisationKeys.all, saved);
      drop(valuesOf(saved));
      toast.done("Settings saved");
      void readAnew(); // the frame of every page shows the name
    },
    refresh: [auditKeys.all],
    asker: { doing: "change settings" },
  });
}

function hintOf(overtaken: readonly Part[], part: Part, now: string): string | undefined {
  return overtaken.includes(part) ? `Somebody else has changed this meanwhile, to: ${isolated(now)}.` : undefined;
}

function labelOf(policy: Policy): string {
  return POLICIES.find(({ value }) => value === policy)?.label ?? policy;
}

function domainHint(domain: string | null): string {
  return domain ? `Whoever signs in with an account of ${domain}.` : "Your organisation has no domain, so nobody joins by it.";
}
