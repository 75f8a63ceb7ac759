import { letIn, newRequestId } from "@/server/gateway";
import { readAnew } from "@/server/identity";
import { settings } from "@/server/settings";

/** Read anew who somebody is: after their role or their organisation's name has changed. */
export function POST(request: Request): Promise<Response> {
  return letIn(request, settings(), newRequestId(), readAnew);
}
