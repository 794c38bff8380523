/** A payload, checked for this connector: its content, or why it cannot be taken. Pure. */
import { z } from "zod";
import type { Connector } from "@/lib/protocol/connectors";
import { payloadSchema } from "@/lib/protocol/payload";

export function readContent<T>(
  connector: Connector,
  schema: z.ZodType<T>,
  payload: Record<string, unknown>,
): { content: T } | { refusal: string } {
  const envelope = payloadSchema.safeParse(payload);
  if (!envelope.success) return { refusal: `Its envelope is not understood: ${z.prettifyError(envelope.error)}` };
  if (envelope.data.connector !== connector) {
    return { refusal: `It is for ${envelope.data.connector}; this agent drives ${connector}.` };
  }
  const content = schema.safeParse(envelope.data.content);
  return content.success ? { content: content.data } : { refusal: z.prettifyError(content.error) };
}

/** For `apply`, which is only called with what `refuse` let pass. */
export function contentOf<T>(connector: Connector, schema: z.ZodType<T>, payload: Record<string, unknown>): T {
  const read = readContent(connector, schema, payload);
  if ("refusal" in read) throw new Error(read.refusal);
  return read.content;
}

export const payloadOf = (connector: Connector, content: object) => ({ schema: 1, connector, content });

/** Names that the payload uses and the agent's file does not have, in words; null when it has all. */
export function unknownUpstreams(names: Iterable<string>, known: Readonly<Record<string, unknown>>): string | null {
  const missing = [...new Set(names)].filter((name) => !Object.hasOwn(known, name)).sort();
  if (missing.length === 0) return null;
  const has = Object.keys(known).sort().join(", ") || "none";
  return `The agent's file has no upstream ${missing.map((name) => `"${name}"`).join(", ")}; it has: ${has}. Add it to target.upstreams or change the policy.`;
}

/** Throws when one of the variables is not set: without it nothing would ever work. */
export function secretOf(env: Readonly<Record<string, string | undefined>>, variable: string, what: string): string {
  const value = env[variable];
  if (!value) throw new Error(`The environment variable ${variable} is not set; it holds ${what}.`);
  return value;
}
