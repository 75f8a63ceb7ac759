"use client";

import { useSyncExternalStore } from "react";

import { chooseTheme, currentTheme, onTheme, type Theme } from "@/lib/theme";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { type Option, Select } from "@/ui/Select";

const THEMES: readonly Option<Theme>[] = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

/** How it looks, in this browser. */
export function ThemeCard() {
  const theme = useSyncExternalStore(onTheme, currentTheme, () => "system" as const);
  return (
    <Card title="Appearance">
      <Field label="Theme" hint="For this browser.">
        <Select options={THEMES} value={theme} onChange={chooseTheme} />
      </Field>
    </Card>
  );
}
