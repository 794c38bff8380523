/** Answers of the policy routes as schemas, each held against the type that the verb returns. */
import { z } from "zod";
import { connectorSchema } from "@/lib/protocol/connectors";
import { payloadSchema } from "@/lib/protocol/payload";
import type {
  EffectivePolicy,
  PolicyDocument,
  PolicyHistory,
  PolicyList,
  PolicyPreview,
  VersionDiff,
} from "@/lib/policies/store";
import {
  engineRef,
  gatewayRef,
  TARGET_OUTCOMES,
  type MovedBase,
  type PolicyVersionView,
  type TargetOutcome,
} from "@/lib/policies/store/schemas";

const version = {
  version: z.int(),
  hash: z.string().describe("sha256 of the document in canonical form"),
  message: z.string(),
  restoredFrom: z.int().nullable().describe("The version whose content this brought back"),
  author: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  at: z.string(),
};
const versionSchema = z.object(version) satisfies z.ZodType<PolicyVersionView>;

const document = z.record(z.string(), z.unknown());
const words = z.array(z.string()).describe("One sentence a change");
const anyScope = z.union([gatewayRef.scope, engineRef.scope]);

const problemSchema = z.object({
  severity: z.enum(["error", "warning"]),
  path: z.string().describe("JSON pointer into the whole policy"),
  message: z.string(),
  where: z.string().describe('Where it applies, in words: "tenant acme, endpoint chat"'),
});

export const targetOutcomeSchema = z.object({
  id: z.string(),
  name: z.string(),
  connector: connectorSchema,
  environment: z.string(),
  pool: z.string().nullable(),
  simulated: z.boolean(),
  outcome: z.enum(TARGET_OUTCOMES).describe("refused: it keeps what it runs; nothing: no policy concerns it"),
  hash: z.string().nullable(),
  reasons: z.array(z.string()),
  warnings: z.array(z.string()),
}) satisfies z.ZodType<TargetOutcome>;

const movedSchema = z.object({
  current: versionSchema,
  yours: words,
  theirs: words,
  merged: document.nullable().describe("Both edits together; null while they conflict"),
  keepingYours: document.describe("Both together, yours where both changed one value"),
  keepingTheirs: document,
  conflicts: z.array(
    z.object({
      path: z.string(),
      base: z.unknown().optional(),
      yours: z.unknown().optional(),
      theirs: z.unknown().optional(),
    }),
  ),
}) satisfies z.ZodType<MovedBase>;

export const policyListSchema = z.object({
  limited: z.boolean().describe("Only layers of some tenants are seen"),
  policies: z.array(z.union([z.object({ ...gatewayRef, ...version }), z.object({ ...engineRef, ...version })])),
  choices: z.object({
    environments: z.array(z.string()),
    tenants: z.array(z.object({ id: z.string(), name: z.string() })),
    pools: z.array(z.string()),
    nodes: z.array(z.object({ name: z.string(), pool: z.string().nullable() })),
  }),
}) satisfies z.ZodType<PolicyList>;

export const effectivePolicySchema = z.object({
  effective: document.describe("Defaults filled in"),
  provenance: z.record(z.string(), anyScope).describe("JSON pointer of each value that a scope sets → that scope"),
  layers: z.array(anyScope),
}) satisfies z.ZodType<EffectivePolicy>;

export const policyDocumentSchema = z.object({
  current: versionSchema.nullable(),
  document,
}) satisfies z.ZodType<PolicyDocument>;

export const policyHistorySchema = z.object({
  versions: z.array(versionSchema.extend({ changes: words })).describe("Newest first"),
  next: z.int().nullable().describe("Pass as `before` for older ones"),
}) satisfies z.ZodType<PolicyHistory>;

export const versionDiffSchema = z.object({ changes: words, from: document, to: document }) satisfies z.ZodType<VersionDiff>;

export const policyPreviewSchema = z.object({
  problems: z.array(problemSchema),
  changes: words,
  moved: movedSchema.nullable().describe("Somebody else saved since"),
  targets: z.array(targetOutcomeSchema),
  payloads: z.record(z.string(), payloadSchema).describe("By hash; the first few"),
}) satisfies z.ZodType<PolicyPreview>;
