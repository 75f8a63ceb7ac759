import { slugOf } from "@/server/session";
import { settings } from "@/server/settings";
import { signedIn } from "@/server/visitor";

/** Where Stripe sends buyers back to: it knows the platform's address, not the organisation's. */
export async function GET(request: Request): Promise<Response> {
  const { organisation } = await signedIn();
  const { search } = new URL(request.url);
  const page = `${settings().origin}/${encodeURIComponent(slugOf(organisation))}/billing${search}`;
  return new Response(null, { status: 303, headers: { Location: page } });
}
