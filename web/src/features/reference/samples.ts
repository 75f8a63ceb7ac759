/** An operation as a program that can be run, in three languages. */
import type { Operation } from "@/features/reference/operations";
import type { Sample } from "@/ui/CodeSample";

const KEY = "NEXUS_API_KEY";

export function samplesOf(operation: Operation, api: string): readonly Sample[] {
  const call = { ...operation, url: urlOf(operation, api) };
  return [
    { language: "curl", code: curl(call) },
    { language: "Python", code: python(call) },
    { language: "TypeScript", code: typescript(call) },
  ];
}

type Call = Operation & { url: string };

/** The address with its ids filled in, and with what of the query has an example. */
function urlOf({ path, parameters }: Operation, api: string): string {
  const filled = parameters
    .filter((one) => one.in === "path")
    .reduce((so, { name, example }) => so.replace(`{${name}}`, encodeURIComponent(String(example))), path);
  const asked = parameters.filter((one) => one.in === "query" && one.example !== undefined);
  const query = new URLSearchParams(asked.map(({ name, example }) => [name, String(example)])).toString();
  return `${api}${filled}${query && `?${query}`}`;
}

/** What a shell takes as one word, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function curl({ method, url, access, body }: Call): string {
  const parts = [`curl${method === "GET" ? "" : ` -X ${method}`} "${url}"`];
  if (!access.open) parts.push(`-H "Authorization: Bearer $${KEY}"`);
  if (body) parts.push(`-H "Content-Type: application/json"`, `-d ${quoted(JSON.stringify(body.example))}`);
  return parts.join(" \\\n  ");
}

function python({ method, url, access, body }: Call): string {
  const lines = [`    "${url}",`];
  if (!access.open) lines.push(`    headers={"Authorization": f"Bearer {os.environ['${KEY}']}"},`);
  if (body) lines.push(`    json=${indented(pythonOf(body.example), 4)},`);
  const isOs = access.open ? "" : "import os\n";
  const show = "answer.raise_for_status()\nprint(answer.text)";
  return `${isOs}import requests\n\nanswer = requests.${method.toLowerCase()}(\n${lines.join("\n")}\n    timeout=30,\n)\n${show}`;
}

function typescript({ method, url, access, body }: Call): string {
  const headers = [
    ...(access.open ? [] : [`    Authorization: \`Bearer \${process.env.${KEY}}\`,`]),
    ...(body ? [`    "Content-Type": "application/json",`] : []),
  ];
  const options = [
    ...(method === "GET" ? [] : [`  method: "${method}",`]),
    ...(headers.length ? [`  headers: {\n${headers.join("\n")}\n  },`] : []),
    ...(body ? [`  body: JSON.stringify(${indented(JSON.stringify(body.example, null, 2), 2)}),`] : []),
  ];
  const asked = options.length ? `"${url}", {\n${options.join("\n")}\n}` : `"${url}"`;
  return `const answer = await fetch(${asked});\nif (!answer.ok) throw new Error(await answer.text());\nconsole.log(await answer.text());`;
}

/** A value of JSON as Python writes it. */
export function pythonOf(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${value.map(pythonOf).join(", ")}]`;
  if (typeof value === "object") {
    const fields = Object.entries(value).map(([name, inner]) => `    ${JSON.stringify(name)}: ${indented(pythonOf(inner), 4)},\n`);
    return fields.length === 0 ? "{}" : `{\n${fields.join("")}}`;
  }
  return JSON.stringify(value);
}

function indented(text: string, by: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(by)}`);
}
