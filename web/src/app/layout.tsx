import type { Metadata } from "next";
import { connection } from "next/server";
import type { ReactNode } from "react";

import "@fontsource-variable/inter";
import "./globals.css";

export const metadata: Metadata = { title: { default: "NexusAPI", template: "%s · NexusAPI" } };

/** Every page is made for its request: the nonce of its scripts differs each time. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  await connection();
  return (
    <html lang="en" suppressHydrationWarning>
      <body>{children}</body>
    </html>
  );
}
