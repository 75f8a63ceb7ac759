"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";

import { IconButton } from "@/ui/Button";
import { cn } from "@/ui/cn";
import { backdropLook, sheetLook } from "@/ui/popup";

interface SheetProps {
  title: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}

/** A page's side, on a small screen: slides in from the left. The focus returns to what had it. */
export function Sheet({ title, open, onOpenChange, children }: SheetProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdropLook} />
        <Base.Popup
          className={cn(
            sheetLook,
            "transition-transform duration-150 outline-none data-ending-style:-translate-x-full data-starting-style:-translate-x-full",
          )}
        >
          <header className="flex items-center justify-between gap-2 pl-2">
            <Base.Title dir="auto" className="min-w-0 truncate font-semibold">
              {title}
            </Base.Title>
            <Base.Close render={<IconButton label="Close" />}>
              <X aria-hidden />
            </Base.Close>
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
