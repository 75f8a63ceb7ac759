import { ChevronRight } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

export interface Crumb {
  label: string;
  href: string;
}

interface PageHeaderProps {
  title: ReactNode;
  /** The pages above this one, from the top. */
  crumbs?: readonly Crumb[];
  note?: ReactNode;
  /** The page's main action, and perhaps one beside it. */
  actions?: ReactNode;
}

/** The head of a page: where it is, its title, what one does here. */
export function PageHeader({ title, crumbs = [], note, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumbs" className="mb-1">
            <ol className="flex items-center gap-1 text-sm text-muted">
              {crumbs.map(({ label, href }) => (
                <li key={href} className="flex items-center gap-1">
                  <Link href={href} className="rounded-sm hover:text-ink hover:underline">
                    {label}
                  </Link>
                  <ChevronRight aria-hidden className="size-3.5" />
                </li>
              ))}
            </ol>
          </nav>
        )}
        <h1 dir="auto" className="truncate text-xl font-semibold tracking-tight">{title}</h1>
        {note && (
          <p dir="auto" className="text-muted">
            {note}
          </p>
        )}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
