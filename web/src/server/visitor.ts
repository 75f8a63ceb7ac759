/** Who opens a page: what server components may know. */
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";

import { cookieName } from "./cookies";
import { type Identity, identityOf, unseal } from "./session";
import { settings } from "./settings";

export const PATH = "x-nexus-path"; // written by proxy.ts over whatever a browser sends

/** Who it is; null if nobody is signed in. Read once for each request. */
export const visitor = cache(async (): Promise<Identity | null> => {
  const cookie = (await cookies()).get(cookieName(settings(), "session-token"));
  const session = await unseal(cookie?.value, settings());
  return session && identityOf(session);
});

/** Who it is; whoever is not signed in goes to do so, and comes back. */
export async function signedIn(): Promise<Identity> {
  const found = await visitor();
  if (found) return found;
  const here = (await headers()).get(PATH) ?? "/";
  redirect(`/?${new URLSearchParams({ next: here })}`);
}
