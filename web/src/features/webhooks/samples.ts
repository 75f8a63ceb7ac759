import type { Sample } from "@/ui/CodeSample";

/** How a receiver finds out that a request is ours: the same as in docs/webhooks.md. */
export const SIGNATURE_CHECK: readonly Sample[] = [
  {
    language: "Python",
    code: `import hashlib, hmac, json, time
from base64 import b64decode, b64encode


def verified(body: bytes, headers: dict[str, str], secret: str) -> dict:
    """The event, or ValueError. Pass the bytes as they came in; header names in lower case."""
    timestamp = headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        raise ValueError("too old, or from the future")
    content = f"{headers['webhook-id']}.{timestamp}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    expected = b"v1," + b64encode(hmac.new(key, content, hashlib.sha256).digest())
    given = headers["webhook-signature"].encode().split()
    if not any(hmac.compare_digest(expected, one) for one in given):
        raise ValueError("not signed with this secret")
    return json.loads(body)`,
  },
  {
    language: "TypeScript",
    code: `import { createHmac, timingSafeEqual } from "node:crypto";

/** The event, or an Error. Pass the raw body, not a parsed one. */
export function verified(body: Buffer, headers: Record<string, string>, secret: string): unknown {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age <= 300)) throw new Error("too old, or from the future");

  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(\`\${id}.\${timestamp}.\`).update(body).digest();
  const fits = headers["webhook-signature"].split(" ").some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!fits) throw new Error("not signed with this secret");
  return JSON.parse(body.toString("utf8"));
}`,
  },
];
