"use client";

import { Field as Base } from "@base-ui/react/field";
import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/ui/cn";

export const controlLook =
  "w-full rounded-md border border-edge bg-surface px-3 text-base text-ink placeholder:text-muted " +
  "hover:border-muted focus:outline-2 focus:-outline-offset-1 focus:outline-accent " +
  "data-invalid:border-bad aria-invalid:border-bad disabled:bg-sunken disabled:text-muted any-pointer-coarse:text-lg";

interface FieldProps {
  label: ReactNode;
  /** Said below the label, before anything is wrong. */
  hint?: ReactNode;
  /** What is wrong with it; read out with the control. */
  error?: string | undefined;
  className?: string;
  children: ReactNode;
}

/** A label, its control, a hint, and what is wrong. The control is an `Input`, `Textarea` or `Select` of this folder. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  return (
    <Base.Root invalid={Boolean(error)} className={cn("flex flex-col gap-1.5", className)}>
      <Base.Label className="font-medium">{label}</Base.Label>
      {hint && <Base.Description className="-mt-1 text-sm text-muted">{hint}</Base.Description>}
      {children}
      <Base.Error match={Boolean(error)} className="text-sm text-bad">
        {error}
      </Base.Error>
    </Base.Root>
  );
}

/** One line of text, in the direction of its own words. In a `Field` it is named and described by it. */
export function Input({ className, ...rest }: ComponentProps<typeof Base.Control>) {
  return <Base.Control dir="auto" className={cn(controlLook, "h-9", className as string)} {...rest} />;
}
