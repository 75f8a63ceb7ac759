/** Accepting an invitation answers with a new token pair: it goes into the cookie, and the page sees only who it is. */
import { callAsPerson, type Outcome, type Visit } from "./gateway";
import { log } from "./log";
import { problem } from "./problem";
import { identityOf, readPair, sessionOf } from "./session";

/** Move the person to where the invitation in the request's body leads. */
export async function acceptInvitation(visit: Visit): Promise<Outcome> {
  const { answer, session } = await callAsPerson(visit, "v1/invitations/accept");
  if (!answer.ok) return { answer: await refused(answer, visit.requestId), session };
  const pair = readPair(await answer.json().catch(() => null));
  if (!pair) {
    log("error", "invitation.bad_response", { request_id: visit.requestId });
    return { answer: problem("bad_response", visit.requestId), session };
  }
  const moved = sessionOf(pair);
  const headers = { "Cache-Control": "no-store", "X-Request-ID": visit.requestId };
  return { answer: Response.json(identityOf(moved), { headers }), session: moved };
}

async function refused(answer: Response, requestId: string): Promise<Response> {
  const headers = new Headers({ "Cache-Control": "no-store", "X-Request-ID": requestId });
  for (const name of ["Content-Type", "Retry-After"]) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(await answer.text(), { status: answer.status, headers });
}
