/** Who opens a page: what server components may know. */
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";

import { clientAddress } from "./address";
import { cookieName } from "./cookies";
import { type Identity, unseal } from "./session";
import { settings } from "./settings";
import { verifiedIdentity } from "./verified-identity";

export const PATH = "x-nexus-path"; // written by proxy.ts over whatever a browser sends

/** Who it is; null if nobody is signed in. Read once for each request. */
export const visitor = cache(async (): Promise<Identity | null> => {
  const cookie = (await cookies()).get(cookieName(settings(), "session-token"));
  const session = await unseal(cookie?.value, settings());
  if (!session) return null;
  return verifiedIdentity(session, settings(), clientAddress(await headers(), settings().trustedProxies));
});

/** Who it is; whoever is not signed in goes to do so, and comes back. */
export async function signedIn(): Promise<Identity> {
  const found = await visitor();
  if (found) return found;
  const here = (await headers()).get(PATH) ?? "/";
  redirect(`/?${new URLSearchParams({ next: here })}`);
}
