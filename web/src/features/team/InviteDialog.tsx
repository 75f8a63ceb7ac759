"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import * as z from "zod";

import { InvitationLink } from "@/features/team/InvitationLink";
import { auditKeys } from "@/hooks/audit";
import { type Role, teamKeys } from "@/hooks/team";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions, DialogClose } from "@/ui/Dialog";
import { FailureNote } from "@/ui/FailureBlock";
import { Field, Input } from "@/ui/Field";
import { type Option, Select } from "@/ui/Select";

const shape = z.object({
  email: z
    .string()
    .trim()
    .max(254, "An address has 254 characters at the most.")
    .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "Enter an e-mail address, such as amy@acme.test."),
  role: z.enum(["member", "admin"]),
});

type Entered = z.infer<typeof shape>;

const ROLES: readonly Option<Role>[] = [
  { value: "member", label: "Member", hint: "Runs work, sees results, usage and the balance" },
  { value: "admin", label: "Admin", hint: "May do everything, deleting the organisation included" },
];

/** Whom to invite, and then the link to pass on. */
export function InviteDialog() {
  const [isOpen, setOpen] = useState(false);
  const [hasLink, setHasLink] = useState(false);
  const change = (open: boolean) => {
    setOpen(open);
    if (!open) setHasLink(false);
  };
  return (
    <Dialog
      title={hasLink ? "Invitation made" : "Invite somebody"}
      description={hasLink ? undefined : "They get a link that works for this address alone, for seven days."}
      open={isOpen}
      onOpenChange={change}
      dismissible={!hasLink}
      trigger={
        <Button kind="primary">
          <UserPlus aria-hidden />
          Invite
        </Button>
      }
    >
      {isOpen && <InviteForm onMade={() => setHasLink(true)} onClose={() => change(false)} />}
    </Dialog>
  );
}

function InviteForm({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { register, control, handleSubmit, setError, formState } = useForm<Entered>({
    resolver: zodResolver(shape),
    defaultValues: { email: "", role: "member" },
  });
  const { run, isRunning, words, fields, answer } = useChange({
    send: (entered: Entered, key) => call(v1.invite({ body: entered, headers: { "Idempotency-Key": key } })),
    refresh: [teamKeys.invitations, auditKeys.all],
    onDone: onMade,
    asker: { doing: "invite people" },
  });
  if (answer) return <InvitationLink made={answer} onClose={onClose} />;
  const send = (entered: Entered) => run(entered, { onError: () => setError("email", {}, { shouldFocus: true }) });
  return (
    <form noValidate onSubmit={handleSubmit(send)} className="flex flex-col gap-4">
      <Field label="E-mail" error={formState.errors.email?.message ?? fields["email"]}>
        <Input type="email" autoComplete="off" placeholder="amy@example.com" {...register("email")} />
      </Field>
      <Field label="Role">
        <Controller control={control} name="role" render={({ field }) => <Select options={ROLES} value={field.value} onChange={field.onChange} />} />
      </Field>
      {words && <FailureNote words={words} />}
      <DialogActions>
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" kind="primary" loading={isRunning}>
          Make invitation
        </Button>
      </DialogActions>
    </form>
  );
}
