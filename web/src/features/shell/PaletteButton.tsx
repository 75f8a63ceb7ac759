"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useEffect, useState, useSyncExternalStore } from "react";

import { Button } from "@/ui/Button";

/** Fetched when it is first opened: nobody needs it to see the page. */
const CommandPalette = dynamic(() => import("@/features/shell/CommandPalette").then((module) => module.CommandPalette), { ssr: false });

const never = () => () => undefined;

/** As it is called on this keyboard. The server does not know, and says what most have. */
function useShortcut(): string {
  return useSyncExternalStore(
    never,
    () => (/mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘K" : "Ctrl K"),
    () => "Ctrl K",
  );
}

/** Opens the command palette; so do ⌘K and Ctrl-K anywhere. */
export function PaletteButton({ signOut }: { signOut: () => Promise<void> }) {
  const [isOpen, setOpen] = useState(false);
  const shortcut = useShortcut();
  const [wasOpened, setWasOpened] = useState(false);
  const change = (open: boolean) => {
    if (open) setWasOpened(true);
    setOpen(open);
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setWasOpened(true);
      setOpen((open) => !open);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
  return (
    <>
      <Button
        size="sm"
        aria-keyshortcuts="Meta+K Control+K"
        onClick={() => change(true)}
        className="border-line text-muted max-sm:size-8 max-sm:border-transparent max-sm:bg-transparent max-sm:p-0 sm:w-52 sm:justify-start lg:w-64 [&>span]:w-full"
      >
        <Search aria-hidden />
        <span className="max-sm:sr-only">
          Search<span className="sr-only"> pages and actions</span>
        </span>
        <kbd aria-hidden className="ml-auto rounded-sm border border-line px-1 font-sans text-xs max-sm:hidden">{shortcut}</kbd>
      </Button>
      {wasOpened && <CommandPalette open={isOpen} onOpenChange={change} signOut={signOut} />}
    </>
  );
}
