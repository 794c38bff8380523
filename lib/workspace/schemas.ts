/** What people may ask of the workspace, its tenants and its saved views. Pure: the forms and the API share it. */
import { z } from "zod";
import { currencySchema } from "@/lib/currency/schemas";
import { isTimeZone } from "@/lib/time";

const nameSchema = z
  .string()
  .trim()
  .min(1, { error: "must not be empty" })
  .max(120, { error: "must have at most 120 characters" });

export const updateWorkspaceSchema = z.strictObject({
  name: nameSchema.optional(),
  timeZone: z.string().max(64).refine(isTimeZone, { error: "is not a time zone; write one like Europe/Paris" }).optional(),
  /** Prices are in US dollars; a dated rate of exchange turns statements into this currency. */
  currency: currencySchema.optional(),
  tagKeys: z
    .array(z.string().regex(/^[^\s,=]{1,64}$/, { error: "must be 1 to 64 characters without spaces, commas or =" }))
    .max(10, { error: "at most 10 tags can be a dimension" })
    .transform((keys) => [...new Set(keys)])
    .optional(),
  /** Its shape belongs to lib/telemetry/otlp; the API parses it with that schema before it comes here. */
  otlpMapping: z.record(z.string(), z.json()).optional(),
  /** Its shape belongs to lib/telemetry/litellm, parsed there likewise. */
  litellmMapping: z.record(z.string(), z.json()).optional(),
  rawRetentionDays: z.number().int().min(1).max(3650).optional(),
  changeQuorum: z.number().int().min(1).max(5).optional().describe("Approvals that an ordinary change needs"),
});
export type UpdateWorkspaceInput = z.input<typeof updateWorkspaceSchema>;

/** No NUL, no control characters, no half of a surrogate pair: the same ids that telemetry may send. */
export const createTenantSchema = z.strictObject({
  id: z
    .string()
    .trim()
    .min(1, { error: "must not be empty" })
    .max(200)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: "must not hold control characters" }),
  name: nameSchema,
});
export type CreateTenantInput = z.input<typeof createTenantSchema>;

export const updateTenantSchema = z
  .strictObject({ name: nameSchema.optional(), archived: z.boolean().optional() })
  .refine((patch) => patch.name !== undefined || patch.archived !== undefined, { error: "send a name, or archived" });
export type UpdateTenantInput = z.input<typeof updateTenantSchema>;

export interface TenantView {
  id: string;
  name: string;
  /** First seen in telemetry and not yet confirmed by an admin. */
  discovered: boolean;
  archivedAt: string | null;
  createdAt: string;
}

export const createSavedViewSchema = z.strictObject({
  name: nameSchema,
  path: z
    .string()
    .max(200)
    .regex(/^\/(?!\/)[\w\-/.]*$/, { error: "must be a page of the console, like /explore" }),
  query: z
    .string()
    .max(4_000)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)
    .transform((query) => query.replace(/^\?/, "")),
  shared: z.boolean().default(false),
});
export type CreateSavedViewInput = z.input<typeof createSavedViewSchema>;

export interface SavedView {
  id: string;
  name: string;
  path: string;
  query: string;
  shared: boolean;
  owner: { id: string; name: string };
  createdAt: string;
}
