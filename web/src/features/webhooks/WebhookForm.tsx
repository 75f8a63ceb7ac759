"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type ReactNode, useEffect } from "react";
import { Controller, useForm } from "react-hook-form";
import * as z from "zod";

import { EVENTS } from "@/features/webhooks/events";
import type { WantedWebhook } from "@/hooks/webhooks";
import type { Words } from "@/lib/failures";
import { CheckboxGroup } from "@/ui/CheckboxGroup";
import { FailureNote } from "@/ui/FailureBlock";
import { Field, Input } from "@/ui/Field";

const shape = z.object({
  url: z.string().trim().min(1, "Give the address of your receiver.").max(2000, "At most 2,000 characters."),
  description: z.string().trim().max(200, "At most 200 characters."),
  events: z.array(z.enum(["job.completed", "job.failed"])).min(1, "Choose at least one."),
});

interface WebhookFormProps {
  initial: WantedWebhook;
  onSend: (entered: WantedWebhook) => void;
  /** Why the API did not take it, all in all and beside each field. */
  words: Words | null;
  fields: Record<string, string>;
  /** The buttons; `isChanged` says whether there is anything to send. */
  children: (isChanged: boolean) => ReactNode;
}

/** An endpoint's address, what it is for, and what it listens for. The API judges the address, and says why not. */
export function WebhookForm({ initial, onSend, words, fields, children }: WebhookFormProps) {
  const { register, control, handleSubmit, setError, formState } = useForm<WantedWebhook>({ resolver: zodResolver(shape), values: initial });
  const { errors, isDirty } = formState;
  const refused = JSON.stringify(fields);
  useEffect(() => {
    const { url, description, events } = JSON.parse(refused) as Record<string, string>;
    if (events) setError("events", { message: events });
    if (description) setError("description", { message: description }, { shouldFocus: !url });
    if (url) setError("url", { message: url }, { shouldFocus: true });
  }, [refused, setError]);
  return (
    <form onSubmit={(event) => void handleSubmit(onSend)(event)} noValidate className="flex flex-col gap-4">
      <Field label="URL" hint="https, on port 443 or 8443, on the public internet" error={errors.url?.message}>
        <Input type="url" inputMode="url" autoComplete="off" spellCheck={false} placeholder="https://hooks.example.com/nexus" {...register("url")} />
      </Field>
      <Field label="Description" hint="Yours alone; it may stay empty" error={errors.description?.message}>
        <Input autoComplete="off" {...register("description")} />
      </Field>
      <Controller
        control={control}
        name="events"
        render={({ field }) => (
          <CheckboxGroup legend="Events" options={EVENTS} value={field.value} onChange={field.onChange} error={errors.events?.message} />
        )}
      />
      {words && Object.keys(fields).length === 0 && <FailureNote words={words} />}
      {children(isDirty)}
    </form>
  );
}
