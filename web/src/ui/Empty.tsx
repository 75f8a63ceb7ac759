import type { ReactNode } from "react";

interface EmptyProps {
  title: string;
  /** What would stand here, and how it gets there. */
  children: ReactNode;
  /** A button or link that does it. */
  action?: ReactNode;
  icon?: ReactNode;
}

/** Nothing here yet, and what to do about it. */
export function Empty({ title, children, action, icon }: EmptyProps) {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-1 px-4 py-10 text-center">
      {icon && <div className="mb-1 text-muted [&_svg]:size-5">{icon}</div>}
      <p className="font-medium">{title}</p>
      <div className="max-w-md text-muted">{children}</div>
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}
