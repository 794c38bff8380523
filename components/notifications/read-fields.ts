/** A form's draft through its schema: the value, or the first message of each field by its path ("windows.0.to"). Pure. */
import type { z } from "zod";

export type FieldErrors = Readonly<Record<string, string>>;

export function readFields<T extends object>(schema: z.ZodType<T>, draft: unknown): { value: T | null; errors: FieldErrors } {
  const parsed = schema.safeParse(draft);
  if (parsed.success) return { value: parsed.data, errors: {} };
  const errors: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) errors[path.join(".")] ??= message;
  return { value: null, errors };
}
