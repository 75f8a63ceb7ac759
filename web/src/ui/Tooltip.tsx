"use client";

import { Tooltip as Base } from "@base-ui/react/tooltip";
import { type ReactElement, type ReactNode, useId } from "react";

interface TooltipProps {
  /** Nothing: there is no tooltip for now. */
  says: ReactNode;
  /** True where the words are the control's name anyway, so that a screen reader does not say them twice. */
  isName?: boolean;
  children: ReactElement<Record<string, unknown>>;
}

/** A few words about what is under the pointer or has the focus; a screen reader reads them with it. */
export function Tooltip({ says, isName = false, children }: TooltipProps) {
  const id = useId();
  return (
    <Base.Root disabled={!says}>
      <Base.Trigger delay={300} render={children} aria-describedby={isName || !says ? undefined : id} closeOnClick={false} />
      {!isName && says && (
        <span id={id} hidden>
          {says}
        </span>
      )}
      <Base.Portal>
        <Base.Positioner sideOffset={6} collisionPadding={8} className="z-50">
          <Base.Popup className="max-w-72 rounded-md bg-ink px-2 py-1 text-xs text-canvas shadow-popup transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {says}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
