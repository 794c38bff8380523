/** "wieght" → did you mean "weight"? */
import { z } from "zod";
import { gatewayPolicySchema, wholeEngineSchema } from "./schemas";

/** A clause to put behind an unknown key; empty when no known key is near. */
export function suggestKey(key: string): string {
  const near = [gatewayPolicySchema, wholeEngineSchema]
    .flatMap(keysOf)
    .map((known) => ({ known, distance: editDistance(key.toLowerCase(), known.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(1, Math.floor(key.length / 3)) ? `; did you mean "${near.known}"?` : "";
}

function keysOf(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape).flatMap(([key, value]) => [key, ...keysOf(value)]);
  if (schema instanceof z.ZodRecord) return keysOf(schema.valueType);
  const wrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable;
  return wrapped ? keysOf(schema.unwrap()) : [];
}

/** Levenshtein, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
