/** From the schema of a whole document, the schema of what one layer may say about it. */
import { z } from "zod";

/** Every key optional, null unsets, lists are one value. */
export type Patch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: Patch<NonNullable<T[K]>> | null }
    : T;

/** Strict objects and maps become partial and nullable, all the way down; everything else is a leaf and stays as it is. */
export function patchOf<T>(schema: z.ZodType<T>): z.ZodType<Patch<T>> {
  return partial(schema) as z.ZodType<Patch<T>>;
}

function partial(schema: unknown): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  ) {
    return partial(schema.unwrap());
  }
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries(schema.shape).map(([key, value]) => [key, partial(value).nullable().optional()]);
    return z.strictObject(Object.fromEntries(shape) as Record<string, z.ZodType>);
  }
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodString) {
    return z.record(schema.keyType, partial(schema.valueType).nullable());
  }
  return schema as z.ZodType;
}
