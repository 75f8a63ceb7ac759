import type { Sample } from "@/ui/CodeSample";

/** A first call with a key, against the address where this platform's API is. */
export function firstCall(api: string): readonly Sample[] {
  return [
    {
      language: "curl",
      code: `curl "${api}/v1/summarize" \\
  -H "Authorization: Bearer $NEXUS_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"text": "A long text"}'`,
    },
    {
      language: "Python",
      code: `import os
import requests

answer = requests.post(
    "${api}/v1/summarize",
    headers={"Authorization": f"Bearer {os.environ['NEXUS_API_KEY']}"},
    json={"text": "A long text"},
    timeout=30,
)
answer.raise_for_status()
print(answer.json()["job_id"])`,
    },
    {
      language: "TypeScript",
      code: `const answer = await fetch("${api}/v1/summarize", {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.NEXUS_API_KEY}\`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify({ text: "A long text" }),
});
if (!answer.ok) throw new Error(await answer.text());
console.log((await answer.json()).job_id);`,
    },
  ];
}
