import type { Metadata } from "next";
import { cookies } from "next/headers";
import { connection } from "next/server";
import type { ReactNode } from "react";

import "@fontsource-variable/inter";
import "./globals.css";
import "@/ui/inter-basic.css";

import { THEME_COOKIE, themeOf } from "@/lib/theme";

export const metadata: Metadata = { title: { default: "NexusAPI", template: "%s · NexusAPI" } };

/** Every page is made for its request: the nonce of its scripts differs each time. The theme is in the first byte. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  await connection();
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <html lang="en" data-theme={theme === "system" ? undefined : theme} suppressHydrationWarning>
      <body>
        {children}
      </body>
    </html>
  );
}
