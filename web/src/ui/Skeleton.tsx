import { cn } from "@/ui/cn";

/** A grey shape of the size of what will stand there: `<Skeleton className="h-9 w-32" />`. */
export function Skeleton({ className }: { className?: string }) {
  return <div className={cn("skeleton h-4 w-full", className)} />;
}

/** Rows of a table to come, with room for its head. */
export function SkeletonRows({ rows, className }: { rows: number; className?: string }) {
  return (
    <div className={cn("flex flex-col", className)}>
      <div className="h-9 max-sm:hidden" />
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-11 items-center gap-4 border-t border-line px-4">
          <Skeleton className="h-3.5 w-1/4" />
          <Skeleton className="h-3.5 w-1/3" />
          <Skeleton className="ml-auto h-3.5 w-12" />
        </div>
      ))}
    </div>
  );
}
