"use client";

import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

interface Tab<Name extends string> {
  name: Name;
  label: ReactNode;
  content: ReactNode;
}

interface TabsProps<Name extends string> {
  tabs: readonly Tab<Name>[];
  /** What the row of tabs is about, for a screen reader. */
  label: string;
  value?: Name;
  onChange?: (name: Name) => void;
}

/** Several views of one thing. Without `value` it keeps for itself which one is open. */
export function Tabs<Name extends string>({ tabs, label, value, onChange }: TabsProps<Name>) {
  const control = value === undefined ? { defaultValue: tabs[0]?.name } : { value, onValueChange: (name: Name) => onChange?.(name) };
  return (
    <Base.Root {...control} className="flex min-w-0 flex-col gap-4">
      <Base.List aria-label={label} className="relative flex gap-4 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.name}
            value={tab.name}
            className="-mb-px h-9 border-b-2 border-transparent whitespace-nowrap text-muted outline-offset-[-2px] hover:text-ink data-active:border-accent data-active:font-medium data-active:text-ink"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.name} value={tab.name} className="min-w-0">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
