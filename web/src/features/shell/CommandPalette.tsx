"use client";

import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { LogOut, type LucideIcon, Monitor, Moon, Search, Sun } from "lucide-react";
import { useRouter } from "next/navigation";

import { ACCOUNT_PAGE, pagesFor } from "@/features/shell/pages";
import { useMe } from "@/hooks/me";
import { chooseTheme } from "@/lib/theme";
import { cn } from "@/ui/cn";
import { backdropLook, itemLook, popupLook } from "@/ui/popup";

interface Command {
  label: string;
  words: string;
  icon: LucideIcon;
  run: () => void;
}

interface CommandPaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** What was typed, also before the palette was there to be typed into. */
  query: string;
  onQueryChange: (query: string) => void;
  signOut: () => Promise<void>;
}

/** Every page and action by its name: type, arrow keys, Enter. */
export function CommandPalette({ open, onOpenChange, query, onQueryChange, signOut }: CommandPaletteProps) {
  const groups = useCommands(signOut);
  const pick = (command: Command) => {
    onOpenChange(false);
    command.run();
  };
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropLook} />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-start justify-center p-2 pt-[10vh]">
          <Dialog.Popup aria-label="Command palette" className={cn(popupLook, "flex max-h-[70vh] w-full max-w-lg flex-col overflow-hidden")}>
            <Autocomplete.Root
              open
              inline
              items={groups}
              value={query}
              onValueChange={onQueryChange}
              itemToStringValue={({ label, words }: Command) => `${label} ${words}`}
              autoHighlight="always"
            >
              <div className="flex items-center gap-2.5 border-b border-line px-4">
                <Search aria-hidden className="size-4 shrink-0 text-muted" />
                <Autocomplete.Input
                  dir="auto"
                  aria-label="Search pages and actions"
                  placeholder="Go to a page, or do something…"
                  className="h-12 w-full bg-transparent text-base outline-none placeholder:text-muted any-pointer-coarse:text-lg"
                />
              </div>
              <div className="min-h-0 overflow-y-auto p-2">
                <Autocomplete.Empty>
                  <p className="p-4 text-center text-muted">Nothing is called that.</p>
                </Autocomplete.Empty>
                <Autocomplete.List>
                  {(group: CommandGroup) => (
                    <Autocomplete.Group key={group.value} items={group.items} className="pb-1">
                      <Autocomplete.GroupLabel className="px-2 py-1 text-xs text-muted">{group.value}</Autocomplete.GroupLabel>
                      <Autocomplete.Collection>
                        {(command: Command) => (
                          <Autocomplete.Item key={command.label} value={command} onClick={() => pick(command)} className={itemLook}>
                            <command.icon aria-hidden />
                            {command.label}
                          </Autocomplete.Item>
                        )}
                      </Autocomplete.Collection>
                    </Autocomplete.Group>
                  )}
                </Autocomplete.List>
              </div>
            </Autocomplete.Root>
            <Dialog.Close className="sr-only">Close</Dialog.Close>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface CommandGroup {
  value: string;
  items: Command[];
}

function useCommands(signOut: () => Promise<void>): CommandGroup[] {
  const router = useRouter();
  const { slug, isAdmin } = useMe();
  const pages = [...pagesFor(slug, isAdmin), ACCOUNT_PAGE].map(
    ({ label, href, icon, words = "" }): Command => ({ label, words, icon, run: () => router.push(href) }),
  );
  const actions: Command[] = [
    { label: "Use the light theme", words: "bright appearance", icon: Sun, run: () => chooseTheme("light") },
    { label: "Use the dark theme", words: "night appearance", icon: Moon, run: () => chooseTheme("dark") },
    { label: "Use the system's theme", words: "appearance automatic", icon: Monitor, run: () => chooseTheme("system") },
    { label: "Sign out", words: "log out leave", icon: LogOut, run: () => void signOut().catch(() => undefined) },
  ];
  return [
    { value: "Pages", items: pages },
    { value: "Actions", items: actions },
  ];
}
