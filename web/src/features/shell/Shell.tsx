"use client";

/** What stands around every page: menu, organisation, balance, notices, search, account. */
import { Menu as MenuIcon } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { lazy, type ReactNode, Suspense, useState } from "react";

import { AccountButton } from "@/features/shell/AccountButton";
import { CreditBanners } from "@/features/shell/CreditBanners";
import { CreditPill } from "@/features/shell/CreditPill";
import { Nav, usePeopleWaiting, waitingPhrase } from "@/features/shell/Nav";
import { PaletteButton } from "@/features/shell/PaletteButton";
import { type Me, MeProvider, useMe } from "@/hooks/me";
import { useOrganisationAsAdmin } from "@/hooks/organisation";
import { usePreload } from "@/lib/preload";
import { DataProvider } from "@/lib/query";
import { BannerProvider, BannerSlot } from "@/ui/Banner";
import { IconButton } from "@/ui/Button";
import { NavigationProgress } from "@/ui/NavigationProgress";
import { backdropLook, sheetLook } from "@/ui/popup";
import { SkipLink } from "@/ui/SkipLink";
import { TipLayer } from "@/ui/TipLayer";
import { ToastProvider } from "@/ui/Toast";

// Nobody needs them to see the page: they are fetched when somebody begins to use it.
const fetchAccountMenu = () => import("@/features/shell/AccountMenu");
const fetchSheet = () => import("@/ui/Sheet");
const DeletionBanner = lazy(() => import("@/features/shell/DeletionBanner").then((module) => ({ default: module.DeletionBanner })));
const AccountMenu = dynamic(() => fetchAccountMenu().then((module) => module.AccountMenu), { ssr: false, loading: () => <AccountButton aria-busy /> });
const Sheet = lazy(() => fetchSheet().then((module) => ({ default: module.Sheet })));

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
              <NavigationProgress />
              <aside className="sticky top-0 flex h-dvh w-56 shrink-0 flex-col gap-4 overflow-y-auto border-r border-line bg-surface p-3 max-lg:hidden">
                <OrganisationName />
                <Nav />
              </aside>
              <div className="flex min-w-0 flex-1 flex-col">
                <TopBar signOut={signOut} />
                <Deletion />
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

/** Few organisations are about to be erased: what says so is fetched for them alone. */
function Deletion() {
  const isEnding = Boolean(useOrganisationAsAdmin()?.erased_after);
  return (
    isEnding && (
      <Suspense>
        <DeletionBanner />
      </Suspense>
    )
  );
}

function TopBar({ signOut }: { signOut: () => Promise<void> }) {
  const { organisation } = useMe();
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface px-3 sm:gap-3 sm:px-6">
      <NavButton />
      <p dir="auto" className="min-w-0 truncate font-semibold lg:hidden">
        {organisation.name}
      </p>
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
  const waiting = usePeopleWaiting();
  usePreload(fetchSheet, fetchAccountMenu);
  return (
    <div className="lg:hidden">
      <IconButton label={waiting > 0 ? `Open the menu: ${waitingPhrase(waiting)}` : "Open the menu"} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <MenuIcon aria-hidden />
        {waiting > 0 && <span aria-hidden className="absolute top-1 right-1 size-2 rounded-full bg-warn" />}
      </IconButton>
      {isOpen !== null && (
        <Suspense fallback={isOpen && <SheetToCome onLeave={() => setOpen(false)} />}>
          <Sheet title={organisation.name} open={isOpen} onOpenChange={setOpen}>
            <Nav onLeave={() => setOpen(false)} />
          </Sheet>
        </Suspense>
      )}
    </div>
  );
}

/** The menu of pages while the sheet around it is still being fetched: it can be used already. */
function SheetToCome({ onLeave }: { onLeave: () => void }) {
  const { organisation } = useMe();
  return (
    <>
      <div aria-hidden className={backdropLook} onClick={onLeave} />
      <div className={sheetLook}>
        <p dir="auto" className="flex h-8 items-center truncate pl-2 font-semibold">
          {organisation.name}
        </p>
        <Nav onLeave={onLeave} />
      </div>
    </>
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
      <span dir="auto" className="truncate font-semibold">
        {organisation.name}
      </span>
    </Link>
  );
}
