"use client";

import { Menu as Base } from "@base-ui/react/menu";
import Link from "next/link";
import type { ReactElement, ReactNode } from "react";

import { cn } from "@/ui/cn";
import { itemLook, popupLook } from "@/ui/popup";

interface MenuProps {
  /** What opens it: a `Button` or `IconButton`. */
  trigger: ReactElement<Record<string, unknown>>;
  align?: "start" | "end";
  /** Open at once: for a menu that is fetched when it is wanted. */
  startsOpen?: boolean;
  children: ReactNode;
}

/** A menu of actions. Children: `MenuItem`, `MenuLink`, `MenuLine`. */
export function Menu({ trigger, align = "end", startsOpen = false, children }: MenuProps) {
  return (
    <Base.Root defaultOpen={startsOpen}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} collisionPadding={8} className="z-50 outline-none">
          <Base.Popup className={cn(popupLook, "min-w-44 p-1")}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface MenuItemProps {
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
  children: ReactNode;
}

export function MenuItem({ onSelect, danger = false, disabled = false, children }: MenuItemProps) {
  return (
    <Base.Item onClick={onSelect} disabled={disabled} className={cn(itemLook, danger && "text-bad")}>
      {children}
    </Base.Item>
  );
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Base.LinkItem render={<Link href={href} />} closeOnClick className={itemLook}>
      {children}
    </Base.LinkItem>
  );
}

export function MenuLine() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />;
}

/** One of a few settings, chosen inside a menu. */
export function MenuChoice({ label, value, options, onChange }: { label: string; value: string; options: readonly { value: string; label: string; icon?: ReactNode }[]; onChange: (value: string) => void }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 py-1 text-xs text-muted">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={onChange}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className={cn(itemLook, "data-checked:text-accent")}>
            {option.icon}
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}
