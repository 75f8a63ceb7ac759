/** What this application's own server does with the session, beside passing calls on. */
import * as z from "zod";

import { client } from "@/api/generated/v1/client.gen";
import { BACKEND } from "@/api/runtime";
import { call } from "@/lib/api";

const identityShape = z.object({
  user: z.object({ id: z.string(), email: z.string(), name: z.string().nullable(), role: z.string() }),
  organisation: z.object({ id: z.string(), name: z.string(), domain: z.string().nullable() }),
});

export type Identity = z.infer<typeof identityShape>;

/** Read anew who is signed in: the session's cookie then says what the API says. */
export function readIdentity(): Promise<Identity> {
  return post("/api/session");
}

/** Accept an invitation: the person moves, and the cookie holds their new session. */
export function acceptInvitation(token: string): Promise<Identity> {
  return post("/api/session/invitation", { token });
}

function post(url: string, body?: object): Promise<Identity> {
  const baseUrl = (client.getConfig().baseUrl ?? "").replace(BACKEND, "");
  const responseValidator = async (data: unknown) => identityShape.parseAsync(data);
  return call(client.post<{ 200: Identity }>({ baseUrl, url, body, headers: { "Content-Type": "application/json" }, responseValidator }));
}
