"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { type Dispatch, type SetStateAction, useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";

import { usePreload } from "@/lib/preload";
import { Button } from "@/ui/Button";

const fetchPalette = () => import("@/features/shell/CommandPalette");
const CommandPalette = dynamic(() => fetchPalette().then((module) => module.CommandPalette), { ssr: false });

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
  const [wasOpened, setWasOpened] = useState(false);
  const [query, setQuery] = useState("");
  const shortcut = useShortcut();
  usePreload(fetchPalette);
  const change = (open: boolean) => {
    if (open) setWasOpened(true);
    setQuery(""); // whoever opens it again begins anew
    setOpen(open);
  };
  useShortcutKey(() => change(!isOpen));
  useEarlyLetters(isOpen, setQuery, () => change(false));
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
      {wasOpened && <CommandPalette open={isOpen} onOpenChange={change} query={query} onQueryChange={setQuery} signOut={signOut} />}
    </>
  );
}

function useShortcutKey(press: () => void): void {
  const pressed = useEffectEvent(press);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      pressed();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

/** Take what is typed after the palette was opened and before its box has the focus: its code may still be on its way. */
function useEarlyLetters(isOpen: boolean, change: Dispatch<SetStateAction<string>>, close: () => void): void {
  const type = useEffectEvent((event: KeyboardEvent) => {
    const isThere = document.activeElement?.getAttribute("role") === "combobox" && document.activeElement.closest("[role=dialog]");
    if (isThere || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") close();
    else if (event.key === "Backspace") change((before) => before.slice(0, -1));
    else if (Array.from(event.key).length === 1) change((before) => before + event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  useEffect(() => {
    if (!isOpen) return;
    const listen = (event: KeyboardEvent) => type(event);
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [isOpen]);
}
