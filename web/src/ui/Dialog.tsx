"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactElement, ReactNode } from "react";

import { IconButton } from "@/ui/Button";
import { cn } from "@/ui/cn";
import { backdropLook, dialogLook, titleLook } from "@/ui/popup";

interface DialogProps {
  title: ReactNode;
  description?: ReactNode;
  /** What opens it. Without one, `open` and `onOpenChange` do. */
  trigger?: ReactElement<Record<string, unknown>>;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** False while leaving would lose something, as a value that is shown once: then only the buttons close it. */
  dismissible?: boolean;
  className?: string;
  children: ReactNode;
}

/** A dialog: the focus goes in, stays, and returns to what opened it. */
export function Dialog({ title, description, trigger, open, onOpenChange, dismissible = true, className, children }: DialogProps) {
  const control = open === undefined ? {} : { open };
  const change = (next: boolean, details: Base.Root.ChangeEventDetails) => {
    const isAside = details.reason === "escape-key" || details.reason === "outside-press";
    if (!dismissible && isAside) return details.cancel();
    onOpenChange?.(next);
  };
  return (
    <Base.Root {...control} onOpenChange={change}>
      {trigger && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Backdrop className={backdropLook} />
        <Base.Viewport className="fixed inset-0 z-50 flex items-end justify-center p-2 sm:items-start sm:p-4 sm:pt-[12vh]">
          <Base.Popup className={cn(dialogLook, className)}>
            <header className={cn("flex flex-col gap-1", dismissible && "pr-8")}>
              <Base.Title dir="auto" className={titleLook}>
                {title}
              </Base.Title>
              {description && <Base.Description className="text-muted">{description}</Base.Description>}
            </header>
            <DialogBody>{children}</DialogBody>
            {dismissible && (
              <Base.Close render={<IconButton label="Close" className="absolute top-3 right-3" />}>
                <X aria-hidden />
              </Base.Close>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

/** What scrolls when a dialog is higher than the screen; title and × stay. The margin keeps focus rings whole. */
export function DialogBody({ children }: { children: ReactNode }) {
  return <div className="-m-1 flex min-h-0 flex-col gap-4 overflow-y-auto p-1">{children}</div>;
}

/** The buttons at a dialog's foot; the one that goes on stands last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>;
}

/** Closes the dialog it stands in. */
export const DialogClose = Base.Close;
