"use client";

/** What stands around every page: menu, organisation, balance, notices, search, account. */
import { Menu as MenuIcon } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { type ReactNode, useState } from "react";

import { AccountButton } from "@/features/shell/AccountButton";
import { CreditBanners } from "@/features/shell/CreditBanners";
import { CreditPill } from "@/features/shell/CreditPill";
import { Nav } from "@/features/shell/Nav";
import { PaletteButton } from "@/features/shell/PaletteButton";
import { type Me, MeProvider, useMe } from "@/hooks/me";
import { DataProvider } from "@/lib/query";
import { BannerProvider, BannerSlot } from "@/ui/Banner";
import { IconButton } from "@/ui/Button";
import { SkipLink } from "@/ui/SkipLink";
import { TipLayer } from "@/ui/TipLayer";
import { ToastProvider } from "@/ui/Toast";

// Fetched when they are first wanted: nobody needs them to see the page.
const AccountMenu = dynamic(() => import("@/features/shell/AccountMenu").then((module) => module.AccountMenu), { ssr: false, loading: () => <AccountButton /> });
const Sheet = dynamic(() => import("@/ui/Sheet").then((module) => module.Sheet), { ssr: false });

interface ShellProps {
  me: Me;
  signOut: () => Promise<void>;
  children: ReactNode;
}

export function Shell({ me, signOut, children }: ShellProps) {
  return (
    <MeProvider me={me}>
      <DataProvider>
        <ToastProvider>
          <BannerProvider>
            <TipLayer />
            <div className="isolate flex min-h-dvh">
              <SkipLink />
              <aside className="sticky top-0 flex h-dvh w-56 shrink-0 flex-col gap-4 overflow-y-auto border-r border-line bg-surface p-3 max-lg:hidden">
                <OrganisationName />
                <Nav />
              </aside>
              <div className="flex min-w-0 flex-1 flex-col">
                <TopBar signOut={signOut} />
                <CreditBanners />
                <BannerSlot />
                <main id="main" tabIndex={-1} className="mx-auto flex w-full max-w-6xl flex-1 flex-col gap-5 p-4 outline-none sm:p-6">
                  {children}
                </main>
              </div>
            </div>
          </BannerProvider>
        </ToastProvider>
      </DataProvider>
    </MeProvider>
  );
}

function TopBar({ signOut }: { signOut: () => Promise<void> }) {
  const { organisation } = useMe();
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface px-3 sm:gap-3 sm:px-6">
      <NavButton />
      <p className="min-w-0 truncate font-semibold lg:hidden">{organisation.name}</p>
      <div className="ml-auto flex items-center gap-2 lg:ml-0 lg:flex-1">
        <PaletteButton signOut={signOut} />
        <div className="flex items-center gap-2 lg:ml-auto">
          <CreditPill />
          <Account signOut={signOut} />
        </div>
      </div>
    </header>
  );
}

/** Opens the menu of pages where the screen has no room for it. */
function NavButton() {
  const [isOpen, setOpen] = useState<boolean | null>(null); // null: it was never wanted
  const { organisation } = useMe();
  return (
    <div className="lg:hidden">
      <IconButton label="Open the menu" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <MenuIcon aria-hidden />
      </IconButton>
      {isOpen !== null && (
        <Sheet title={organisation.name} open={isOpen} onOpenChange={setOpen}>
          <Nav onLeave={() => setOpen(false)} />
        </Sheet>
      )}
    </div>
  );
}

function Account({ signOut }: { signOut: () => Promise<void> }) {
  const [isWanted, setWanted] = useState(false);
  return isWanted ? <AccountMenu signOut={signOut} /> : <AccountButton aria-haspopup="menu" onClick={() => setWanted(true)} />;
}

function OrganisationName() {
  const { organisation, slug } = useMe();
  return (
    <Link prefetch={false} href={`/${slug}`} className="flex h-8 items-center gap-2.5 rounded-md px-1.5">
      <span aria-hidden className="grid size-6 shrink-0 place-items-center rounded-md bg-accent-solid text-xs font-semibold text-white uppercase">
        {Array.from(organisation.name)[0]}
      </span>
      <span className="truncate font-semibold">{organisation.name}</span>
    </Link>
  );
}
