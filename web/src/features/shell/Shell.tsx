"use client";

/** What stands around every page: menu, organisation, balance, notices, search, account. */
import { Menu as MenuIcon } from "lucide-react";
import Link from "next/link";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";

import { AccountMenu } from "@/features/shell/AccountMenu";
import { CreditBanners } from "@/features/shell/CreditBanners";
import { CreditPill } from "@/features/shell/CreditPill";
import { Nav } from "@/features/shell/Nav";
import { PaletteButton } from "@/features/shell/PaletteButton";
import { type Me, MeProvider, useMe } from "@/hooks/me";
import { DataProvider } from "@/lib/query";
import { BannerProvider, BannerSlot } from "@/ui/Banner";
import { IconButton } from "@/ui/Button";
import { Sheet } from "@/ui/Sheet";
import { SkipLink } from "@/ui/SkipLink";
import { ToastProvider } from "@/ui/Toast";

interface ShellProps {
  me: Me;
  signOut: () => Promise<void>;
  children: ReactNode;
}

export function Shell({ me, signOut, children }: ShellProps) {
  return (
    <NuqsAdapter>
      <MeProvider me={me}>
        <DataProvider>
          <ToastProvider>
            <BannerProvider>
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
    </NuqsAdapter>
  );
}

function TopBar({ signOut }: { signOut: () => Promise<void> }) {
  const [isOpen, setOpen] = useState(false);
  const { organisation } = useMe();
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface px-3 sm:gap-3 sm:px-6">
      <div className="lg:hidden">
        <Sheet
          title={organisation.name}
          open={isOpen}
          onOpenChange={setOpen}
          trigger={
            <IconButton label="Open the menu">
              <MenuIcon aria-hidden />
            </IconButton>
          }
        >
          <Nav onLeave={() => setOpen(false)} />
        </Sheet>
      </div>
      <p className="min-w-0 truncate font-semibold lg:hidden">{organisation.name}</p>
      <div className="ml-auto flex items-center gap-2 lg:ml-0 lg:flex-1">
        <PaletteButton signOut={signOut} />
        <div className="flex items-center gap-2 lg:ml-auto">
          <CreditPill />
          <AccountMenu signOut={signOut} />
        </div>
      </div>
    </header>
  );
}

function OrganisationName() {
  const { organisation, slug } = useMe();
  return (
    <Link href={`/${slug}`} className="flex h-8 items-center gap-2.5 rounded-md px-1.5">
      <span aria-hidden className="grid size-6 shrink-0 place-items-center rounded-md bg-accent-solid text-xs font-semibold text-white uppercase">
        {Array.from(organisation.name)[0]}
      </span>
      <span className="truncate font-semibold">{organisation.name}</span>
    </Link>
  );
}
