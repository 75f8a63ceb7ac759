"use client";

import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";

import { cn } from "@/ui/cn";
import { controlLook } from "@/ui/Field";
import { itemLook, popupLook } from "@/ui/popup";

export interface Option<Value extends string> {
  value: Value;
  label: string;
  hint?: string;
}

interface SelectProps<Value extends string> {
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  /** Its name where no `Field` gives one. */
  label?: string;
  className?: string;
}

/** One of a few. In a `Field` it is named by it. */
export function Select<Value extends string>({ options, value, onChange, label, className }: SelectProps<Value>) {
  return (
    <Base.Root items={options} value={value} onValueChange={(chosen) => chosen !== null && onChange(chosen)}>
      <Base.Trigger aria-label={label} className={cn(controlLook, "flex h-9 cursor-pointer items-center justify-between gap-2 text-left", className)}>
        <Base.Value dir="auto" className="truncate" />
        <Base.Icon className="shrink-0 text-muted">
          <ChevronsUpDown aria-hidden className="size-3.5" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className={cn(popupLook, "min-w-(--anchor-width)")}>
            <Base.List className="max-h-72 overflow-y-auto p-1">
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={cn(itemLook, "pr-8")}>
                  <span className="flex flex-col">
                    <Base.ItemText dir="auto">{option.label}</Base.ItemText>
                    {option.hint && <span className="text-sm text-muted">{option.hint}</span>}
                  </span>
                  <Base.ItemIndicator className="absolute right-2">
                    <Check aria-hidden className="size-4" />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
