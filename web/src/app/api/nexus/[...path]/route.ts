import { passOn } from "@/server/gateway";
import { settings } from "@/server/settings";

type Context = { params: Promise<{ path: string[] }> };

async function handle(request: Request, context: Context): Promise<Response> {
  return passOn(request, (await context.params).path.join("/"), settings());
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST };
