"use client";

import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";

import { AccountButton } from "@/features/shell/AccountButton";
import { ACCOUNT_PAGE } from "@/features/shell/pages";
import { useMe } from "@/hooks/me";
import { chooseTheme, currentTheme, type Theme, themeOf } from "@/lib/theme";
import { Menu, MenuChoice, MenuItem, MenuLine, MenuLink } from "@/ui/Menu";
import { useToast } from "@/ui/Toast";

const THEME_OPTIONS = [
  { value: "system", label: "As the system", icon: <Monitor aria-hidden /> },
  { value: "light", label: "Light", icon: <Sun aria-hidden /> },
  { value: "dark", label: "Dark", icon: <Moon aria-hidden /> },
] as const;

/** Who is signed in, the theme, and the way out. It opens as soon as it is there. */
export function AccountMenu({ signOut }: { signOut: () => Promise<void> }) {
  const { user, organisation } = useMe();
  const toast = useToast();
  const leave = () => {
    signOut().catch(() => toast.failed({ title: "You are still signed in", detail: "Can't reach the server. Try again." }));
  };
  return (
    <Menu startsOpen trigger={<AccountButton />}>
      <div className="max-w-64 px-2 py-1.5">
        <p dir="auto" className="truncate font-medium">
          {user.name ?? user.email}
        </p>
        <p className="truncate text-sm text-muted">{user.email}</p>
        <p className="truncate text-sm text-muted">
          {user.role === "admin" ? "Admin" : "Member"} of <bdi>{organisation.name}</bdi>
        </p>
      </div>
      <MenuLine />
      <MenuLink href={ACCOUNT_PAGE.href}>
        <ACCOUNT_PAGE.icon aria-hidden />
        {ACCOUNT_PAGE.label}
      </MenuLink>
      <MenuLine />
      <ThemeChoice />
      <MenuLine />
      <MenuItem onSelect={leave}>
        <LogOut aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(currentTheme); // the menu's content is made in the browser alone
  const choose = (value: string) => {
    setTheme(themeOf(value));
    chooseTheme(themeOf(value));
  };
  return <MenuChoice label="Theme" value={theme} options={THEME_OPTIONS} onChange={choose} />;
}
