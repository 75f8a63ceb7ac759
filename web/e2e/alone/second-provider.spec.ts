import type { Server } from "node:http";

import { Provider } from "oidc-provider";

import { expect, newDomain, sessionCookie, test } from "../fixtures";
import { freePort, startStack } from "../stack";

const CLIENT = { client_id: "nexus-second", client_secret: "a secret of the second provider" };

/** A certified implementation of OpenID Connect that knows us and believes everybody. */
async function startProvider(web: string): Promise<{ issuer: string; server: Server }> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [`${web}/api/auth/callback/google`] }],
    claims: { openid: ["sub"], email: ["email", "email_verified", "hd"], profile: ["name"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: true, hd: id.split("@")[1], name: "Ann Archer" }),
    }),
  });
  const server = await new Promise<Server>((ready) => {
    const listening = provider.listen(port, "127.0.0.1", () => ready(listening));
  });
  return { issuer, server };
}

test("the sign-in also passes against a second, certified implementation of OpenID Connect", async ({ page }) => {
  const webPort = await freePort();
  const { issuer, server } = await startProvider(`http://127.0.0.1:${webPort}`);
  const settings = {
    NEXUS_GOOGLE_ISSUER: issuer,
    NEXUS_GOOGLE_CLIENT_ID: CLIENT.client_id,
    NEXUS_GOOGLE_CLIENT_SECRET: CLIENT.client_secret,
  };
  const stack = await startStack(settings, webPort);
  try {
    const domain = newDomain();
    await page.goto(stack.web);
    await page.getByRole("button", { name: "Continue with Google" }).click();
    await page.getByPlaceholder("Enter any login").fill(`ann@${domain}`);
    await page.getByPlaceholder("and password").fill("anything");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page).toHaveURL(`${stack.web}/${domain}`);
    expect(await sessionCookie(page)).toMatchObject({ httpOnly: true });
    const me = await page.evaluate(async () => (await fetch("/api/nexus/v1/me")).json());
    expect(me).toMatchObject({ user: { email: `ann@${domain}`, name: "Ann Archer" } });
  } finally {
    await stack.stop();
    server.closeAllConnections();
    server.close();
  }
});
