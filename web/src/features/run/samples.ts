/** The same request as code, for whoever wants to send it from a program. */
import type { Kind, Order, Version } from "@/hooks/draft";
import type { Sample } from "@/ui/CodeSample";

const LONGEST_TEXT = 160;
const INSTEAD = "The text";

/** As it is written into the samples: a long text is cut. */
function shortened({ text, schema }: Order["input"]): Record<string, unknown> {
  const points = Array.from(text.trim() === "" ? INSTEAD : text);
  const short = points.length > LONGEST_TEXT ? `${points.slice(0, LONGEST_TEXT).join("")}…` : points.join("");
  return schema === undefined ? { text: short } : { text: short, schema };
}

export function samplesOf(kind: Kind, version: Version, input: Order["input"]): Sample[] {
  const body = shortened(input);
  const path = `/${version}/${kind}`;
  return [
    { language: "curl", code: curl(path, body) },
    { language: "Python", code: python(path, body) },
    { language: "TypeScript", code: typescript(path, body) },
  ];
}

function curl(path: string, body: Record<string, unknown>): string {
  const quoted = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return `curl "$NEXUS_URL${path}" \\
  -H "Authorization: Bearer $NEXUS_API_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: $(uuidgen)" \\
  -d '${quoted}'

# until "status" is "completed" or "failed"
curl "$NEXUS_URL/v1/jobs/$JOB_ID" -H "Authorization: Bearer $NEXUS_API_KEY"`;
}

/** JSON as an expression of Python, which has other words for three values. */
function pythonOf(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, held]) => `${JSON.stringify(name)}: ${pythonOf(held)}`)
    .join(", ")}}`;
}

function python(path: string, body: Record<string, unknown>): string {
  return `import os, time, uuid
import httpx

nexus = httpx.Client(
    base_url=os.environ["NEXUS_URL"],
    headers={"Authorization": f"Bearer {os.environ['NEXUS_API_KEY']}"},
)
answer = nexus.post(
    "${path}",
    json=${pythonOf(body)},
    headers={"Idempotency-Key": str(uuid.uuid4())},
)
answer.raise_for_status()
job = nexus.get(f"/v1/jobs/{answer.json()['job_id']}").json()
while job["status"] in ("pending", "running"):
    time.sleep(2)
    job = nexus.get(f"/v1/jobs/{job['id']}").json()
print(job["output_data"] or job["error_message"])`;
}

function typescript(path: string, body: Record<string, unknown>): string {
  return `const nexus = (path: string, init: RequestInit = {}) =>
  fetch(process.env.NEXUS_URL + path, {
    ...init,
    headers: { Authorization: \`Bearer \${process.env.NEXUS_API_KEY}\`, "Content-Type": "application/json", ...init.headers },
  });

const answer = await nexus("${path}", {
  method: "POST",
  headers: { "Idempotency-Key": crypto.randomUUID() },
  body: JSON.stringify(${JSON.stringify(body)}),
});
if (!answer.ok) throw new Error(await answer.text());
const { job_id } = await answer.json();
let job = await (await nexus(\`/v1/jobs/\${job_id}\`)).json();
while (job.status === "pending" || job.status === "running") {
  await new Promise((wake) => setTimeout(wake, 2000));
  job = await (await nexus(\`/v1/jobs/\${job_id}\`)).json();
}
console.log(job.output_data ?? job.error_message);`;
}
