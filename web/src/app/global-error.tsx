"use client";

import { useFault } from "@/lib/faults";

import "./globals.css";

/** The last one: the layout itself broke, so nothing of it can be relied upon. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  useFault(error);
  return (
    <html lang="en">
      <body>
        <main role="alert" className="grid min-h-dvh place-items-center p-4 text-center">
          <div>
            <h1 className="text-xl font-semibold">NexusAPI could not be shown</h1>
            <p className="mb-6 text-muted">It was not your doing. Try again in a moment.</p>
            <button type="button" onClick={reset} className="h-9 rounded-md bg-accent-solid px-3.5 font-medium text-white">
              Try again
            </button>
          </div>
        </main>
      </body>
    </html>
  );
}
