import NextAuth from "next-auth";
import type { NextRequest } from "next/server";

import { authOptions, nextOf, signInPage } from "@/server/auth";
import { cookieName, readCookie } from "@/server/cookies";
import { isFromOurPage, newRequestId } from "@/server/gateway";
import { problem } from "@/server/problem";
import { identityOf, unseal } from "@/server/session";
import { settings } from "@/server/settings";

type Context = { params: Promise<{ nextauth: string[] }> };

export async function GET(request: NextRequest, context: Context): Promise<Response> {
  const [action] = (await context.params).nextauth;
  // NextAuth would write the cookie anew from the one it was sent, and undo a renewal that happens at the same moment.
  if (action === "session") return who(request);
  if (action === "callback" && request.nextUrl.searchParams.get("error") === "access_denied") {
    const page = signInPage("cancelled", nextOf(request, settings()));
    return Response.redirect(settings().origin + page, 303);
  }
  return NextAuth(request, context, authOptions(settings(), request));
}

export async function POST(request: NextRequest, context: Context): Promise<Response> {
  if (!isFromOurPage(request, settings())) return problem("not_our_page", newRequestId());
  return NextAuth(request, context, authOptions(settings(), request));
}

async function who(request: Request): Promise<Response> {
  const session = await unseal(readCookie(request, cookieName(settings(), "session-token")), settings());
  return Response.json(session ? identityOf(session) : {}, { headers: { "Cache-Control": "no-store" } });
}
