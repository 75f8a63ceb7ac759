/** What a page asks of our own server rather than of the API, because a session changes with it. */
import { z } from "zod";

import { ApiError, toApiError } from "./error";

const Identity = z.object({
  user: z.object({ id: z.string(), email: z.string(), name: z.string().nullable(), role: z.string() }),
  organisation: z.object({ id: z.string(), name: z.string(), domain: z.string().nullable() }),
});

/** Who somebody is after they have moved. */
export type Identity = z.infer<typeof Identity>;

/** Accept an invitation by the last part of its link. Throws an ApiError. Afterwards everything is to be loaded anew. */
export async function acceptInvitation(token: string): Promise<Identity> {
  let answer: Response | undefined;
  try {
    answer = await fetch("/api/session/invitation", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    const said: unknown = await answer.json();
    if (!answer.ok) throw toApiError(said, answer);
    return Identity.parse(said);
  } catch (error) {
    throw error instanceof ApiError ? error : toApiError(error, answer);
  }
}
