/** What a field holds, in words: a piece of text, or the name of a shape to look up. */
import { nameOf, REFERENCE, type Schema } from "@/features/reference/document";

export interface Piece {
  text: string;
  /** The shape that it is the name of. */
  shape?: string;
}

export interface FieldTold {
  name: string;
  must: boolean;
  kind: Piece[];
  limits: string;
  description: string;
}

const FIGURE = new Intl.NumberFormat("en");

/** "text", "list of Scope", "date-time or null". */
export function kindOf(schema: Schema): Piece[] {
  if (schema.$ref !== undefined) return [{ text: nameOf(schema.$ref), shape: nameOf(schema.$ref) }];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return joined(choices.map(kindOf));
  if (schema.enum ?? schema.const !== undefined) return [{ text: (schema.enum ?? [schema.const]).map((one) => JSON.stringify(one)).join(" or ") }];
  if (schema.type === "array") return [{ text: "list of " }, ...kindOf(schema.items ?? {})];
  return [{ text: schema.format ?? schema.type ?? "anything" }];
}

function joined(kinds: Piece[][]): Piece[] {
  return kinds.flatMap((kind, index) => (index === 0 ? kind : [{ text: " or " }, ...kind]));
}

/** What a value may be beyond its kind: "1 to 100; 20 if left out". */
export function limitsOf(schema: Schema): string {
  const said = [
    between(schema.minLength, schema.maxLength, " characters"),
    between(schema.minItems, schema.maxItems, " items"),
    between(schema.minimum, schema.maximum, ""),
    schema.default === undefined || schema.default === "" ? "" : `${[schema.default].flat().join(", ")} if left out`,
  ];
  return said.filter(Boolean).join("; ");
}

function between(least: number | undefined, most: number | undefined, what: string): string {
  if (least === undefined && most === undefined) return "";
  if (least === undefined) return `at most ${FIGURE.format(most ?? 0)}${what}`;
  if (most === undefined) return `at least ${FIGURE.format(least)}${what}`;
  return `${FIGURE.format(least)} to ${FIGURE.format(most)}${what}`;
}

/** An object's fields. */
export function fieldsOf(schema: Schema): FieldTold[] {
  return Object.entries(schema.properties ?? {}).map(([name, inner]) => ({
    name,
    must: schema.required?.includes(name) ?? false,
    kind: kindOf(inner),
    limits: limitsOf(inner),
    description: inner.description ?? "",
  }));
}

/** An error's shape: the problem document with a code of its own. */
function isProblem(schema: Schema): boolean {
  return schema.properties?.["code"]?.const !== undefined && "request_id" in schema.properties;
}

export interface ErrorTold {
  code: string;
  status: number;
  meaning: string;
  example: unknown;
}

/** The shapes of bodies and answers, by name. */
export const SHAPES: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(REFERENCE.components.schemas)
    .filter(([, schema]) => !isProblem(schema))
    .sort(([one], [other]) => one.localeCompare(other)),
);

/** Every error, by status and code. */
export const ERRORS: readonly ErrorTold[] = Object.values(REFERENCE.components.schemas)
  .filter(isProblem)
  .map((schema) => {
    const example = schema.examples?.[0] as { code: string; status: number };
    return { code: example.code, status: example.status, meaning: schema.description ?? "", example };
  })
  .sort((one, other) => one.status - other.status || one.code.localeCompare(other.code));
