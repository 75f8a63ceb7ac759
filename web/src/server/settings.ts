/**
 * What the environment says, read once. A setting that is wrong stops the process before it does anything.
 *
 * Nothing of it is known when the application is built: one build serves any number of stacks.
 */
import { z } from "zod";

const SHORTEST_SECRET = 43; // characters; 32 random bytes in base64 have as many
const FEWEST_DIFFERENT = 16; // characters; text that repeats itself is no secret
const GOOGLE = "https://accounts.google.com";
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

const secret = z
  .string()
  .refine((value) => value.length >= SHORTEST_SECRET && new Set(value).size >= FEWEST_DIFFERENT, {
    message: "give at least 32 random bytes, such as `openssl rand -base64 32` prints",
  });
const address = z
  .string()
  .refine(isSafeAddress, { message: "give an address with https; http only on this machine" })
  .transform((value) => value.replace(/\/+$/, ""));
const origin = address.refine((value) => URL.canParse(value) && new URL(value).origin === value, {
  message: "give scheme, host and port, without a path",
});
const listed = z
  .string()
  .default("")
  .transform((value) => value.split(",").map((one) => one.trim()).filter(Boolean));

const Environment = z.object({
  NEXTAUTH_URL: origin,
  NEXTAUTH_SECRET: secret,
  BACKEND_URL: z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, "")),
  PUBLIC_API_URL: address.optional(),
  OIDC_ISSUER: address.default(GOOGLE),
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  OIDC_PROMPT: z.string().optional(),
  WEB_CLIENT_SECRET: z.string().min(1),
  STRIPE_API_BASE: address.optional().catch(undefined), // elsewhere without https: nobody is sent there
  TRUSTED_PROXIES: listed,
  SENTRY_DSN: z.string().refine(isDsn, { message: "give the DSN of a project, as Sentry shows it" }).optional(),
  SENTRY_ENVIRONMENT: z.string().default("development"),
});

/**
 * The application's settings. `origin` is where people open it, such as https://nexus.example.com; `api` is where their
 * programs reach the API, as samples show it.
 */
export type Settings = {
  origin: string;
  secret: string;
  backend: string;
  api: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  prompt: string | undefined;
  webClientSecret: string;
  /** A Stripe that is not Stripe's own, for tests on this machine. */
  stripeBase: string | undefined;
  trustedProxies: string[];
  /** Where errors are reported; nowhere if it is undefined. */
  sentryDsn: string | undefined;
  environment: string;
};

/** Read the settings. Throws an Error that names each wrong one, never with its value. */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const read = Environment.safeParse(given);
  if (!read.success) throw new Error(read.error.issues.map((one) => `${one.path.join(".")}: ${one.message}`).join("; "));
  const env = read.data;
  return {
    origin: env.NEXTAUTH_URL,
    secret: env.NEXTAUTH_SECRET,
    backend: env.BACKEND_URL,
    api: env.PUBLIC_API_URL ?? env.BACKEND_URL,
    issuer: env.OIDC_ISSUER,
    clientId: env.OIDC_CLIENT_ID,
    clientSecret: env.OIDC_CLIENT_SECRET,
    // Google asks which account; strict providers refuse the word.
    prompt: env.OIDC_PROMPT ?? (env.OIDC_ISSUER === GOOGLE ? "select_account" : undefined),
    webClientSecret: env.WEB_CLIENT_SECRET,
    stripeBase: env.STRIPE_API_BASE,
    trustedProxies: env.TRUSTED_PROXIES,
    sentryDsn: env.SENTRY_DSN,
    environment: env.SENTRY_ENVIRONMENT,
  };
}

let kept: Settings | undefined;

/** The settings of this process. */
export function settings(): Settings {
  kept ??= readSettings(process.env);
  return kept;
}

/** Whether two names mean this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}

/** Whether this is a project's DSN: https://key@host/7. The library would print a wrong one. */
export function isDsn(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, pathname } = new URL(value);
  return /^https?:$/.test(protocol) && username !== "" && /\/\d+$/.test(pathname);
}

function isSafeAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, search, hash } = new URL(value);
  return !search && !hash && (protocol === "https:" || (protocol === "http:" && isLoopback(hostname)));
}
