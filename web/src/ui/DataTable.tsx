"use client";

import { type ColumnDef, createColumnHelper, tableFeatures, useTable } from "@tanstack/react-table";
import Link from "next/link";
import type { ReactNode } from "react";

import type { More } from "@/hooks/more";
import { wordsFor } from "@/lib/failures";
import { Button } from "@/ui/Button";
import { cn } from "@/ui/cn";
import { FailureNote } from "@/ui/FailureBlock";

const features = tableFeatures({});

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
  const table = useTable({ features, columns: definitionsOf(columns), data: rows as Row[], getRowId: keyOf });
  return (
    <div className="min-w-0">
      <table role="table" className="w-full border-collapse text-left max-sm:block">
        <caption className="sr-only">{caption}</caption>
        <thead role="rowgroup" className="max-sm:sr-only">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} role="row">
              {group.headers.map((header, index) => (
                <th key={header.id} role="columnheader" scope="col" className={headLook(columns[index])}>
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody role="rowgroup" className="max-sm:block">
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} role="row" className={ROW_LOOK}>
              {row.getAllCells().map((cell, index) => (
                <td key={cell.id} role="cell" className={cellLook(columns[index], index)}>
                  {index > 0 && !columns[index]?.aside && (
                    <span aria-hidden className="text-muted sm:hidden">
                      {columns[index]?.head}
                    </span>
                  )}
                  <div className={cn("min-w-0", columns[index]?.grows && "truncate")}>
                    {index === 0 && hrefOf ? (
                      <Link data-row prefetch={false} href={hrefOf(row.original)} className="rounded-sm font-medium after:absolute after:inset-0">
                        {contentOf(row.original, columns[index])}
                      </Link>
                    ) : (
                      contentOf(row.original, columns[index])
                    )}
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

function definitionsOf<Row extends object>(columns: readonly Column<Row>[]): ColumnDef<typeof features, Row>[] {
  const helper = createColumnHelper<typeof features, Row>();
  return columns.map(({ head }) => helper.display({ id: head, header: head }));
}

/** Called, and not made an element of: an element of a new function would be a new one, and menus in it would close. */
function contentOf<Row>(row: Row, column: Column<Row> | undefined): ReactNode {
  return column?.cell(row);
}

function headLook<Row>(column: Column<Row> | undefined): string {
  return cn(
    "h-9 px-2 text-sm font-normal whitespace-nowrap text-muted first:pl-4 last:pr-4",
    column?.numeric && "text-right",
    column?.wideOnly && "max-lg:hidden",
  );
}

/** As a card: what stands in the first line, then (`after:`) a new line, then the rest. */
const ROW_LOOK =
  "relative border-t border-line sm:h-11 has-[a[data-row]]:hover:bg-hover/60 " +
  "max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-4 max-sm:gap-y-1 max-sm:px-4 max-sm:py-2.5 " +
  "max-sm:after:order-2 max-sm:after:w-full";

function cellLook<Row>(column: Column<Row> | undefined, index: number): string {
  const onCard = index === 0 ? "max-sm:order-0 max-sm:flex-1 max-sm:font-medium" : column?.aside ? "max-sm:order-1" : "max-sm:order-3 max-sm:text-sm";
  return cn(
    "px-2 first:pl-4 last:pr-4 max-sm:flex max-sm:min-w-0 max-sm:items-center max-sm:gap-1.5 max-sm:px-0!",
    column?.numeric && "figures text-right",
    column?.grows && "sm:w-full sm:max-w-0",
    column?.wideOnly && "max-lg:hidden!",
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
