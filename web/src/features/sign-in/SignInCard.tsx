import type { ReactNode } from "react";

type Props = {
  title: string;
  /** What went wrong. */
  trouble?: string | null | undefined;
  /** What there is to know, while nothing is wrong. */
  notice?: string | null | undefined;
  children: ReactNode;
};

/** The one card in the middle of a page for whoever is not signed in. */
export function SignInCard({ title, trouble, notice, children }: Props) {
  return (
    <main className="grid min-h-dvh place-items-center bg-canvas p-4 text-ink">
      <div className="w-full max-w-sm rounded-xl border border-line bg-surface p-8">
        <p className="mb-6 flex items-center gap-2 text-sm font-semibold">
          <span aria-hidden className="grid size-6 place-items-center rounded-md bg-accent-solid text-xs text-white">
            N
          </span>
          NexusAPI
        </p>
        <h1 className="mb-2 text-xl font-semibold">{title}</h1>
        {notice && (
          <p role="status" className="mb-4 rounded-lg border border-line bg-sunken px-3 py-2 text-sm">
            {notice}
          </p>
        )}
        {trouble && (
          <p role="alert" className="mb-4 rounded-lg border border-bad-line bg-bad-soft px-3 py-2 text-sm text-bad">
            {trouble}
          </p>
        )}
        {children}
      </div>
    </main>
  );
}
