/** A browser's side of a call: it keeps the session's cookie, and says where its page is from. For tests. */
import { cookieName } from "../cookies";
import { passOn } from "../gateway";
import { type Session, seal, sessionOf, unseal } from "../session";
import { readSettings, type Settings } from "../settings";
import type { FakeApi } from "./api";

export const ORIGIN = "http://127.0.0.1:3000";
export const SECRET = "a-Secret-0f-tests-with-enough-different-Characters!";

/** The settings of an application in front of this API. */
export function settingsFor(api: FakeApi, others: Record<string, string> = {}): Settings {
  return readSettings({
    NEXTAUTH_URL: ORIGIN,
    NEXTAUTH_SECRET: SECRET,
    BACKEND_URL: api.url,
    OIDC_CLIENT_ID: "client",
    OIDC_CLIENT_SECRET: "secret of the client",
    WEB_CLIENT_SECRET: "secret of the web application",
    ...others,
  });
}

type Asked = { method?: string; headers?: Record<string, string | null>; body?: BodyInit };

export class Browser {
  constructor(
    readonly settings: Settings,
    public cookie: string | null,
  ) {}

  /** A browser in which somebody has signed in. */
  static async signedIn(api: FakeApi, settings = settingsFor(api)): Promise<Browser> {
    return new Browser(settings, await seal(sessionOf(api.pair()), settings));
  }

  /** A request as a page of ours makes it; a header that is null is left out. */
  request(path: string, { method = "GET", headers = {}, body }: Asked = {}): Request {
    const all = { origin: method === "GET" ? null : ORIGIN, "sec-fetch-site": "same-origin", ...headers };
    const given = Object.entries(all).filter((one): one is [string, string] => one[1] !== null);
    const name = cookieName(this.settings, "session-token");
    if (this.cookie !== null) given.push(["cookie", `other=1; ${name}=${this.cookie}; more=2`]);
    return new Request(`${ORIGIN}/api/nexus/${path}`, { method, headers: given, body });
  }

  /** Call the API through the gateway, and take the cookie that comes back. */
  async call(path: string, asked: Asked = {}): Promise<Response> {
    return this.take(await passOn(this.request(path, asked), path.split("?")[0] ?? "", this.settings));
  }

  take(answer: Response): Response {
    const [set] = answer.headers.getSetCookie();
    if (set) this.cookie = /=([^;]*)/.exec(set)?.[1] || null;
    return answer;
  }

  session(): Promise<Session | null> {
    return unseal(this.cookie ?? undefined, this.settings);
  }
}

