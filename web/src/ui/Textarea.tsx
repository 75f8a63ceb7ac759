"use client";

import { Field as Base } from "@base-ui/react/field";
import type { ComponentProps } from "react";

import { count } from "@/lib/format";
import { cn } from "@/ui/cn";
import { controlLook } from "@/ui/Field";

/** As the API counts: code points, not UTF-16 units. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

interface TextareaProps extends Omit<ComponentProps<"textarea">, "value" | "maxLength" | "defaultValue"> {
  value: string;
  /** The most characters; more can be entered, so that nothing pasted is lost, and it says how many too many. */
  limit?: number;
}

/** Several lines of text, each in the direction of its own words unless `dir` says otherwise, with a count and a limit. In a `Field` it is named and described by it. */
export function Textarea({ value, limit, className, ...rest }: TextareaProps) {
  const over = limit === undefined ? 0 : lengthOf(value) - limit;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-1">
      <Base.Control
        value={value}
        aria-invalid={over > 0 || undefined}
        render={<textarea dir="auto" rows={8} className={cn(controlLook, "min-h-24 flex-1 resize-y py-2", className)} {...rest} />}
      />
      {limit !== undefined && (
        <Base.Description className={cn("figures self-end text-xs", over > 0 ? "text-bad" : "text-muted")}>
          {over > 0 ? `${count(over, "character")} too many` : `${count(lengthOf(value))} of ${count(limit)} characters`}
        </Base.Description>
      )}
    </div>
  );
}
