"use client";

import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { Check } from "lucide-react";
import type { ReactNode } from "react";

interface ChoiceProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean;
}

/** Yes or no, which counts when the form is sent. */
export function Checkbox({ checked, onChange, label, hint, disabled = false }: ChoiceProps) {
  return (
    <label className="flex items-start gap-2.5">
      <BaseCheckbox.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-sm border border-edge bg-surface text-white data-checked:border-transparent data-checked:bg-accent-solid data-disabled:opacity-55"
      >
        <BaseCheckbox.Indicator className="data-unchecked:hidden">
          <Check aria-hidden className="size-3" strokeWidth={3} />
        </BaseCheckbox.Indicator>
      </BaseCheckbox.Root>
      <ChoiceWords label={label} hint={hint} />
    </label>
  );
}

/** On or off, which counts at once. */
export function Switch({ checked, onChange, label, hint, disabled = false }: ChoiceProps) {
  return (
    <label className="flex items-start gap-2.5">
      <BaseSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="flex h-5 w-9 shrink-0 items-center rounded-full bg-edge p-0.5 transition-colors data-checked:bg-accent-solid data-disabled:opacity-55"
      >
        <BaseSwitch.Thumb className="size-4 rounded-full bg-white transition-transform data-checked:translate-x-4" />
      </BaseSwitch.Root>
      <ChoiceWords label={label} hint={hint} />
    </label>
  );
}

function ChoiceWords({ label, hint }: Pick<ChoiceProps, "label" | "hint">) {
  return (
    <span className="flex flex-col">
      <span>{label}</span>
      {hint && <span className="text-sm text-muted">{hint}</span>}
    </span>
  );
}
