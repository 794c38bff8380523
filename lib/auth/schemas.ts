/** What people may ask of users and keys. Pure: the forms and the API share it. */
import { z } from "zod";
import { API_SCOPES, ROLES } from "./actor";

const nameSchema = z
  .string()
  .trim()
  .min(1, { error: "must not be empty" })
  .max(120, { error: "must have at most 120 characters" });

export const passwordSchema = z
  .string()
  .min(12, { error: "must have at least 12 characters" })
  .max(200, { error: "must have at most 200 characters" })
  .refine((password) => new Set(password).size >= 5, { error: "must have at least 5 different characters" });

/** `all`, or exactly these. An empty list is a person who sees nothing. */
const tenantsSchema = z.union([z.literal("all"), z.array(z.string().min(1).max(200)).max(1_000)]);

export const createUserSchema = z.strictObject({
  email: z
    .email({ error: "must be an email address" })
    .max(254)
    .transform((email) => email.trim().toLowerCase()),
  name: nameSchema,
  role: z.enum(ROLES),
  tenants: tenantsSchema.default("all"),
  password: passwordSchema.optional().describe("Absent: one is made and shown once"),
  ssoOnly: z.boolean().default(false).describe("No password: signs in through OpenID Connect only"),
});
export type CreateUserInput = z.input<typeof createUserSchema>;

export const updateUserSchema = z.strictObject({
  name: nameSchema.optional(),
  role: z.enum(ROLES).optional(),
  tenants: tenantsSchema.optional(),
  disabled: z.boolean().optional(),
  mayBreakGlass: z.boolean().optional().describe("May start a change without approval in an incident"),
});
export type UpdateUserInput = z.input<typeof updateUserSchema>;

export const changePasswordSchema = z.strictObject({
  currentPassword: z.string().min(1, { error: "must not be empty" }).max(200),
  newPassword: passwordSchema,
});
export type ChangePasswordInput = z.input<typeof changePasswordSchema>;

export const createApiKeySchema = z
  .strictObject({
    name: nameSchema,
    scopes: z.array(z.enum(API_SCOPES)).min(1, { error: "choose at least one scope" }).max(API_SCOPES.length),
    tenantId: z.string().min(1).max(200).nullish().describe("The key may only send and read this tenant"),
    expiresAt: z.iso.datetime({ offset: true }).nullish(),
  })
  .refine((key) => !(key.tenantId && key.scopes.includes("admin")), {
    error: "an admin key works for the whole workspace: leave out the tenant, or the scope",
    path: ["tenantId"],
  });
export type CreateApiKeyInput = z.input<typeof createApiKeySchema>;

/** A user as the API shows it: never a hash. */
export interface UserView {
  id: string;
  email: string;
  name: string;
  role: (typeof ROLES)[number];
  tenants: "all" | string[];
  hasPassword: boolean;
  /** May start a change without approval in an incident. */
  mayBreakGlass: boolean;
  disabledAt: string | null;
  lastSignInAt: string | null;
  createdAt: string;
}

export interface ApiKeyView {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  tenantId: string | null;
  createdBy: string | null;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}
