"use client";
import { useState } from "react";
import type { z } from "zod";
import { readFields, type FieldErrors } from "./read-fields";

export interface Draft<T> {
  draft: T;
  errors: FieldErrors;
  change: (more: Partial<T>) => void;
  /**
   * Null: a field is wrong, and says so. `more` is what the form keeps beside its draft, `wrong` what it knows besides the schema.
   */
  submit: (save: (value: T) => Promise<unknown>, more?: object, wrong?: FieldErrors) => Promise<unknown> | null;
}

/** What a form holds until it is saved, read through its schema when it is. */
export function useDraft<T extends object>(schema: z.ZodType<T>, initial: T): Draft<T> {
  const [draft, setDraft] = useState(initial);
  const [errors, setErrors] = useState<FieldErrors>({});
  return {
    draft,
    errors,
    change: (more) => setDraft((before) => ({ ...before, ...more })),
    submit: (save, more = {}, wrong = {}) => {
      const read = readFields(schema, { ...draft, ...more });
      setErrors({ ...read.errors, ...wrong });
      return read.value !== null && Object.keys(wrong).length === 0 ? save(read.value) : null;
    },
  };
}
