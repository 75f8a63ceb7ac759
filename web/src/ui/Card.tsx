import type { ReactNode } from "react";

import { cn } from "@/ui/cn";

interface CardProps {
  title?: ReactNode;
  /** A sentence under the title. */
  note?: ReactNode;
  /** At the right of the title: a link, a button, a filter. */
  actions?: ReactNode;
  /** False where the content goes to the edges, as a table does. */
  padded?: boolean;
  className?: string;
  children: ReactNode;
}

/** A box with a border of 1 px, perhaps with a title. With one it is a region of the page, named by it. */
export function Card({ title, note, actions, padded = true, className, children }: CardProps) {
  const box = cn("flex min-w-0 flex-col rounded-lg border border-line bg-surface", className);
  const body = <div className={cn("flex min-h-0 min-w-0 flex-1 flex-col", padded && "p-4", padded && title && "pt-0")}>{children}</div>;
  if (!title) return <div className={box}>{body}</div>;
  return (
    <section className={box} aria-label={typeof title === "string" ? title : undefined}>
      <header className={cn("flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4", note ? "py-3" : "py-2")}>
        <div>
          <h2 className="font-semibold">{title}</h2>
          {note && <p className="text-sm text-muted">{note}</p>}
        </div>
        {actions && <div className="flex items-center gap-2">{actions}</div>}
      </header>
      {body}
    </section>
  );
}
