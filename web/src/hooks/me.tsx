"use client";

import { createContext, type ReactNode, useContext } from "react";

export interface Me {
  user: { id: string; email: string; name: string | null; role: "admin" | "member" };
  organisation: { id: string; name: string; domain: string | null };
}

const MeContext = createContext<Me | null>(null);

/** Who is signed in, as the server read it for this page: no request of the browser's own. */
export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <MeContext value={me}>{children}</MeContext>;
}

/** Who is signed in, to which organisation, in which role. Only below the shell. */
export function useMe(): Me & { slug: string; isAdmin: boolean } {
  const me = useContext(MeContext);
  if (me === null) throw new Error("useMe is for pages inside the shell");
  return { ...me, slug: slugOf(me), isAdmin: me.user.role === "admin" };
}

/** How the organisation is called in an address: its domain, else its id. */
function slugOf({ organisation }: Me): string {
  return organisation.domain ?? organisation.id;
}

/** The organisation's part of an address; null outside of the shell. */
export function useSlug(): string | null {
  const me = useContext(MeContext);
  return me && slugOf(me);
}
