import { letIn, newRequestId } from "@/server/gateway";
import { acceptInvitation } from "@/server/invitation";
import { settings } from "@/server/settings";

/** Accept an invitation: the person moves, and their new session begins. */
export function POST(request: Request): Promise<Response> {
  return letIn(request, settings(), newRequestId(), acceptInvitation);
}
