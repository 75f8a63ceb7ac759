/** Every operation of the API, as the reference tells it. */
import { type Answer, nameOf, type Parameter, type RawOperation, REFERENCE, resolved, type Schema } from "@/features/reference/document";

export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  isDeprecated: boolean;
  /** Who may: nobody in particular, whoever is signed in, or also an API key with this scope. */
  access: { open: boolean; scope: string | null };
  parameters: readonly Parameter[];
  body: { schema: Schema; example: unknown } | null;
  answers: readonly { status: string; description: string; schema: Schema | null; example: unknown }[];
  refusals: readonly { status: string; code: string; meaning: string }[];
  /** What the job gives that this operation asks for. */
  output: Schema | null;
}

const FIRST_REFUSAL = "400";

function operationOf(method: string, path: string, raw: RawOperation): Operation {
  const json = raw.requestBody?.content?.["application/json"];
  const all = Object.entries(raw.responses);
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    tag: raw.tags[0] ?? "",
    summary: raw.summary,
    description: raw.description ?? "",
    isDeprecated: raw.deprecated ?? false,
    access: { open: raw.security === undefined, scope: raw.security?.flatMap((one) => one["api_key"] ?? [])[0] ?? null },
    parameters: raw.parameters ?? [],
    body: json ? { schema: json.schema, example: json.example } : null,
    answers: all.filter(([status, one]) => status < FIRST_REFUSAL && !one.$ref).map(([status, one]) => answerOf(status, one)),
    refusals: all.filter(([status]) => status >= FIRST_REFUSAL).flatMap(([status, one]) => refusalsOf(status, one)),
    output: raw["x-output-schema"] ?? null,
  };
}

function answerOf(status: string, { description, content }: Answer) {
  const json = content?.["application/json"];
  return { status, description, schema: json?.schema ?? null, example: json?.example };
}

/** "- `not_signed_in`: …" for each code that it may be refused with. */
function refusalsOf(status: string, answer: Answer) {
  const told = answer.$ref === undefined ? answer : REFERENCE.components.responses[nameOf(answer.$ref)];
  return (told?.description ?? "").split("\n").map((line) => {
    const [, code = "", meaning = line] = /^- `(\w+)`: (.*)$/.exec(line) ?? [];
    return { status, code, meaning };
  });
}

export const OPERATIONS: readonly Operation[] = Object.entries(REFERENCE.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, raw]) => operationOf(method, path, raw)),
);

/** By subject, in the document's order. */
export const GROUPS = REFERENCE.tags
  .map(({ name, description }) => ({ name, description, operations: OPERATIONS.filter(({ tag }) => tag === name) }))
  .filter(({ operations }) => operations.length > 0);

export function findOperation(id: string): Operation | undefined {
  return OPERATIONS.find((operation) => operation.id === id);
}

/** What an example of a schema looks like, where there is one. */
export function exampleOf(schema: Schema): unknown {
  return resolved(schema).examples?.[0];
}
