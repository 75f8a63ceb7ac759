/** Who somebody is by now: the role and the organisation's name in the cookie are as old as the access token. */
import { type Outcome, over, type Visit } from "./gateway";
import { renewOnce } from "./renewals";
import { identityOf, sessionOf } from "./session";

/** Renew the session, so that the cookie says what the API says. */
export async function readAnew(visit: Visit): Promise<Outcome> {
  const renewal = await renewOnce(visit.settings, visit.session.refreshToken, visit.address);
  if ("over" in renewal) return { answer: over(visit, renewal.over) };
  const session = sessionOf(renewal.pair);
  const headers = { "Cache-Control": "no-store", "X-Request-ID": visit.requestId };
  return { answer: Response.json(identityOf(session), { headers }), session };
}
