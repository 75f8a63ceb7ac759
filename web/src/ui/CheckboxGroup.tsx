"use client";

import { useId } from "react";

import { Checkbox } from "@/ui/Choice";
import type { Option } from "@/ui/Select";

interface CheckboxGroupProps<Value extends string> {
  legend: string;
  options: readonly Option<Value>[];
  value: readonly Value[];
  onChange: (value: Value[]) => void;
  error?: string | undefined;
}

/** Any number of a few, in the order in which they are offered. */
export function CheckboxGroup<Value extends string>({ legend, options, value, onChange, error }: CheckboxGroupProps<Value>) {
  const errorId = useId();
  const change = (one: Value, isOn: boolean) =>
    onChange(options.map((option) => option.value).filter((other) => (other === one ? isOn : value.includes(other))));
  return (
    <fieldset aria-describedby={error ? errorId : undefined} className="flex flex-col gap-2">
      <legend className="mb-2 font-medium">{legend}</legend>
      {options.map((option) => (
        <Checkbox
          key={option.value}
          label={option.label}
          hint={option.hint}
          checked={value.includes(option.value)}
          onChange={(isOn) => change(option.value, isOn)}
        />
      ))}
      {error && (
        <p id={errorId} role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
