/** What operations of the document have in common. */
import type { Operation, Parameter } from "./operations";

export const json = ["application/json"] as const;

export const idOf = (noun: string): Parameter => ({
  name: "id",
  in: "path",
  description: `Id of the ${noun}`,
  schema: { type: "string", format: "uuid" },
  required: true,
});

export const listParameters = (of: Record<string, readonly [description: string, schema: Record<string, unknown>]>): Parameter[] =>
  Object.entries(of).map(([name, [description, schema]]) => ({ name, in: "query", description, schema }));

export const reading = { method: "get", tag: "read", scope: "read", refusals: [400, 401, 403, 404, 503] } as const satisfies Partial<Operation>;
export const writing = {
  tag: "operate",
  scope: "admin",
  refusals: [400, 401, 403, 404, 409, 413, 415, 422, 503],
} as const satisfies Partial<Operation>;
