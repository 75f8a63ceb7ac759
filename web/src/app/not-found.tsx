import type { Metadata } from "next";
import Link from "next/link";

export const metadata: Metadata = { title: "Not found" };

/** One page for what is not there and for what is somebody else's. */
export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center bg-canvas p-4 text-ink">
      <div className="max-w-sm text-center">
        <h1 className="mb-2 text-xl font-semibold">There is nothing here</h1>
        <p className="mb-6 text-sm text-muted">The address is wrong, or it belongs to another organisation.</p>
        <Link href="/" className="text-sm font-medium text-accent underline underline-offset-4">
          Go to your dashboard
        </Link>
      </div>
    </main>
  );
}
