/** How the platform is, as the API says it of itself at `/health`. */
import * as z from "zod";

import { ApiError, toApiError } from "./error";
import { client } from "./generated/v1/client.gen";

const state = z.enum(["ok", "unavailable"]);
const Health = z.object({ status: state, database: state, redis: state });

export type Health = z.infer<typeof Health>;

/** Read it. A platform without its database says so with 503: that is an answer, and no failure. Throws an ApiError. */
export async function readHealth(signal: AbortSignal): Promise<Health> {
  let answer: Response | undefined;
  try {
    answer = await fetch(`${client.getConfig().baseUrl}/health`, { cache: "no-store", signal });
    const said: unknown = await answer.json();
    const read = Health.safeParse(said);
    if (!read.success) throw toApiError(answer.ok ? read.error : said, answer);
    return read.data;
  } catch (error) {
    throw error instanceof ApiError ? error : toApiError(error, answer);
  }
}
