/** What of an OpenAPI document the reference reads. It is our own document, so its form is known. */
import { DOCUMENT } from "@/api/generated/reference";

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  examples?: unknown[];
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: Schema;
  example?: unknown;
}

interface Content {
  content?: { "application/json"?: { schema: Schema; example?: unknown } };
}

export interface Answer extends Content {
  $ref?: string;
  description: string;
}

export interface RawOperation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  deprecated?: boolean;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Answer>;
  "x-output-schema"?: Schema;
}

interface Document {
  info: { title: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Answer> };
}

export const REFERENCE = DOCUMENT as Document;

/** The name that a reference leads to. */
export function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/** The schema itself, where this one only refers to it. */
export function resolved(schema: Schema): Schema {
  const found = schema.$ref === undefined ? schema : REFERENCE.components.schemas[nameOf(schema.$ref)];
  return found ?? {};
}
