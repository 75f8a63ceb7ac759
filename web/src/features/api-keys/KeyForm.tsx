"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import * as z from "zod";

import { type KeyWithValue, type Scope, useCreateKey } from "@/hooks/api-keys";
import { Button } from "@/ui/Button";
import { CheckboxGroup } from "@/ui/CheckboxGroup";
import { DialogActions, DialogClose } from "@/ui/Dialog";
import { FailureNote } from "@/ui/FailureBlock";
import { Field, Input } from "@/ui/Field";
import { Select } from "@/ui/Select";

const DAY = 24 * 3600 * 1000;

const SCOPES: readonly { value: Scope; label: string; hint: string }[] = [
  { value: "read", label: "Read", hint: "What every member may read: jobs, credits, the organisation" },
  { value: "jobs", label: "Run jobs", hint: "Ask for work, which costs credits, and cancel it" },
  { value: "admin", label: "Administer", hint: "Whatever an admin may do: members, keys, webhooks, billing" },
];

const HOLDS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "date", label: "Until a date…" },
  { value: "never", label: "Until it is revoked" },
] as const;

const shape = z
  .object({
    name: z.string().trim().min(1, "Give it a name, such as where it is used.").max(100, "At most 100 characters."),
    scopes: z.array(z.enum(["read", "jobs", "admin"])).min(1, "Choose at least one."),
    holds: z.enum(["7", "30", "90", "365", "date", "never"]),
    date: z.string(),
  })
  .refine(({ holds, date }) => holds !== "date" || Date.parse(`${date}T23:59:59`) > Date.now(), {
    path: ["date"],
    message: "Give a day that is still to come.",
  });

type Entered = z.infer<typeof shape>;

/** When a key ends, as the API wants it; null: never. A date holds to its end, in the reader's own zone. */
function endOf({ holds, date }: Entered, now = Date.now()): string | null {
  if (holds === "never") return null;
  return new Date(holds === "date" ? Date.parse(`${date}T23:59:59`) : now + Number(holds) * DAY).toISOString();
}

/** What a new key is to be called, may do, and how long it holds. */
export function KeyForm({ onMade }: { onMade: (made: KeyWithValue) => void }) {
  const { register, control, handleSubmit, setError, formState } = useForm<Entered>({
    resolver: zodResolver(shape),
    defaultValues: { name: "", scopes: ["read", "jobs"], holds: "90", date: "" },
  });
  const { run, isRunning, words, fields } = useCreateKey(onMade);
  const { errors } = formState;
  const chosen = useWatch({ control, name: "holds" });
  const refused = JSON.stringify(fields);
  useEffect(() => {
    const { name, scopes, expires_at } = JSON.parse(refused) as Record<string, string>;
    if (expires_at) setError("holds", { message: expires_at });
    if (scopes) setError("scopes", { message: scopes });
    if (name) setError("name", { message: name }, { shouldFocus: true });
  }, [refused, setError]);
  const send = handleSubmit((entered) => run({ name: entered.name, scopes: entered.scopes, expires_at: endOf(entered) }));
  return (
    <form onSubmit={(event) => void send(event)} noValidate className="flex flex-col gap-4">
      <Field label="Name" hint="Where it is used, so that you know later which one to rotate" error={errors.name?.message}>
        <Input autoComplete="off" placeholder="nightly import" {...register("name")} />
      </Field>
      <Controller
        control={control}
        name="scopes"
        render={({ field }) => (
          <CheckboxGroup legend="What it may do" options={SCOPES} value={field.value} onChange={field.onChange} error={errors.scopes?.message} />
        )}
      />
      <Controller
        control={control}
        name="holds"
        render={({ field }) => (
          <Field label="Holds for" error={errors.holds?.message}>
            <Select options={HOLDS} value={field.value} onChange={field.onChange} />
          </Field>
        )}
      />
      {chosen === "date" && (
        <Field label="Last day" error={errors.date?.message}>
          <Input type="date" {...register("date")} />
        </Field>
      )}
      {words && <FailureNote words={words} />}
      <DialogActions>
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" kind="primary" loading={isRunning}>
          Create key
        </Button>
      </DialogActions>
    </form>
  );
}
