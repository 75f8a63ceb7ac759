/** Where the browser finds the API: at our own origin, which adds the token that no script ever sees. */
export const BACKEND = "/api/nexus";

/** The settings that every generated client begins with. */
export function createClientConfig<Config extends object>(config?: Config): Config & { baseUrl: string } {
  return { ...(config as Config), baseUrl: BACKEND, cache: "no-store" };
}
