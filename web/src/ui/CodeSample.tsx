"use client";

import { useState } from "react";

import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/CopyButton";

export interface Sample {
  /** "curl", "Python", "TypeScript". */
  language: string;
  code: string;
}

/** The same thing in one or more languages, to copy. */
export function CodeSample({ samples, label }: { samples: readonly Sample[]; label: string }) {
  const [chosen, setChosen] = useState(0);
  const sample = samples[chosen] ?? samples[0];
  if (!sample) return null;
  return (
    <figure aria-label={label} className="min-w-0 overflow-hidden rounded-md border border-line bg-sunken text-left">
      <figcaption className="flex h-9 items-center gap-3 border-b border-line pr-1.5 pl-3">
        {samples.map(({ language }, index) => (
          <button
            key={language}
            type="button"
            aria-pressed={index === chosen}
            onClick={() => setChosen(index)}
            className={cn("rounded-sm text-sm", index === chosen ? "font-medium text-ink" : "text-muted hover:text-ink")}
          >
            {language}
          </button>
        ))}
        <span className="ml-auto">
          <CopyButton text={sample.code} label={`Copy the ${sample.language} sample`} />
        </span>
      </figcaption>
      <pre dir="ltr" tabIndex={0} aria-label={`${label}, ${sample.language}`} className="overflow-x-auto p-3 font-mono text-xs leading-5">
        <code>{sample.code}</code>
      </pre>
    </figure>
  );
}
