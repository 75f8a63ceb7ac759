"use client";

import Link from "next/link";
import type { ReactNode } from "react";

import type { More } from "@/hooks/more";
import { wordsFor } from "@/lib/failures";
import { Button } from "@/ui/Button";
import { cn } from "@/ui/cn";
import { FailureNote } from "@/ui/FailureBlock";

export interface Column<Row> {
  /** The head of the column, and the name of the value where rows are cards. */
  head: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** Not shown on a small screen. */
  wideOnly?: boolean;
  /** Takes what room there is and is cut off at its end. */
  grows?: boolean;
  /** Where rows are cards: at the right of the first line, without its name. For the one figure, or the actions. */
  aside?: boolean;
}

interface DataTableProps<Row> {
  /** What the rows are, for a screen reader. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Where a row leads: its first cell is the link, the whole row is its target. */
  hrefOf?: (row: Row) => string;
  more?: More;
}

/** Rows of one kind. On a small screen a row is a card: its first cell on top, below it each other with its column's name. */
export function DataTable<Row extends object>({ caption, columns, rows, keyOf, hrefOf, more }: DataTableProps<Row>) {
  return (
    <div className="min-w-0">
      <table role="table" className="w-full border-collapse text-left max-sm:block">
        <caption className="sr-only">{caption}</caption>
        <thead role="rowgroup" className="max-sm:sr-only">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.head} role="columnheader" scope="col" className={headLook(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="max-sm:block">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row" className={ROW_LOOK}>
              {columns.map((column, index) => (
                <td key={column.head} role="cell" className={cellLook(column, index)}>
                  {index > 0 && !column.aside && (
                    <span aria-hidden className="text-muted sm:hidden">
                      {column.head}
                    </span>
                  )}
                  <div dir="auto" className={cn("min-w-0", column.grows && "truncate")}>
                    {index === 0 && hrefOf ? <RowLink href={hrefOf(row)}>{column.cell(row)}</RowLink> : column.cell(row)}
                  </div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more && <LoadMore more={more} shown={rows.length} />}
    </div>
  );
}

/** The link of a row, whose target is the whole of it. */
function RowLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link data-row prefetch={false} href={href} className="rounded-sm font-medium after:absolute after:inset-0">
      {children}
    </Link>
  );
}

/** As a card: what stands in the first line, then (`after:`) a new line, then the rest. */
const ROW_LOOK =
  "relative border-t border-line sm:h-11 has-[a[data-row]]:hover:bg-hover/60 " +
  "max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-4 max-sm:gap-y-1 max-sm:px-4 max-sm:py-2.5 " +
  "max-sm:after:order-2 max-sm:after:w-full";

function headLook<Row>({ numeric, wideOnly }: Column<Row>): string {
  return cn("h-9 px-2 text-sm font-normal whitespace-nowrap text-muted first:pl-4 last:pr-4", numeric && "text-right", wideOnly && "max-lg:hidden");
}

function cellLook<Row>({ aside, grows, numeric, wideOnly }: Column<Row>, index: number): string {
  const onCard = index === 0 ? "max-sm:order-0 max-sm:flex-1 max-sm:font-medium" : aside ? "max-sm:order-1" : "max-sm:order-3 max-sm:text-sm";
  return cn(
    "px-2 first:pl-4 last:pr-4 max-sm:flex max-sm:min-w-0 max-sm:items-center max-sm:gap-1.5 max-sm:px-0!",
    numeric && "figures text-right",
    grows && "sm:w-full sm:max-w-0",
    wideOnly && "max-lg:hidden!",
    onCard,
  );
}

/** The next page of a list. */
export function LoadMore({ more, shown }: { more: More; shown: number }) {
  if (more.failure)
    return (
      <div className="border-t border-line p-4">
        <FailureNote words={wordsFor(more.failure)} onRetry={more.load} />
      </div>
    );
  if (!more.hasMore) return null;
  return (
    <div className="flex items-center justify-center gap-3 border-t border-line p-3">
      <Button size="sm" loading={more.isLoadingMore} onClick={more.load}>
        Load more
      </Button>
      <span className="figures text-sm text-muted">{shown} shown</span>
    </div>
  );
}
