/** What operations of the document have in common. */
import type { Operation, Parameter } from "./operations";

export const json = ["application/json"] as const;

export const inPath = (
  name: string,
  description: string,
  schema: Record<string, unknown> = { type: "string", format: "uuid" },
): Parameter => ({ name, in: "path", description, schema, required: true });
export const idOf = (noun: string): Parameter => inPath("id", `Id of the ${noun}`);

export const inQuery = (name: string, description: string, required = false): Parameter => ({
  name,
  in: "query",
  description,
  schema: { type: "string" },
  ...(required ? { required } : {}),
});

export const listParameters = (of: Record<string, readonly [description: string, schema: Record<string, unknown>]>): Parameter[] =>
  Object.entries(of).map(([name, [description, schema]]) => ({ name, in: "query", description, schema }));

export const reading = { method: "get", tag: "read", scope: "read", refusals: [400, 401, 403, 404, 503] } as const satisfies Partial<Operation>;
export const writing = {
  tag: "operate",
  scope: "admin",
  refusals: [400, 401, 403, 404, 409, 413, 415, 422, 503],
} as const satisfies Partial<Operation>;
