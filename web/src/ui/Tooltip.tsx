"use client";

import { cloneElement, type ReactElement, useId } from "react";

interface TooltipProps {
  /** Nothing: there is no tooltip for now. */
  says: string | undefined;
  /** True where the words are the control's name anyway, so that a screen reader does not say them twice. */
  isName?: boolean;
  /** One element of the page; it keeps its place, its size and its focus. */
  children: ReactElement<Record<string, unknown>>;
}

/**
 * A few words about what is under the pointer or has the focus; a screen reader reads them with it. One `TipLayer` for
 * all shows them, so that a table of two hundred times costs nothing.
 */
export function Tooltip({ says, isName = false, children }: TooltipProps) {
  const id = useId();
  const described = isName || !says ? {} : { "aria-describedby": [children.props["aria-describedby"], id].filter(Boolean).join(" ") };
  return (
    <>
      {cloneElement(children, { "data-tip": says || undefined, ...described })}
      {!isName && says && (
        <span id={id} hidden>
          {says}
        </span>
      )}
    </>
  );
}
