import { pageFault } from "@/server/faults";
import { letIn, newRequestId } from "@/server/gateway";
import { settings } from "@/server/settings";

/** Take an error that a page of ours met in the browser. */
export function POST(request: Request): Promise<Response> {
  return letIn(request, settings(), newRequestId(), pageFault);
}
