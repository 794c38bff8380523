/** What people and programs ask of stored policies. Pure: forms, API and store share it. */
import { z } from "zod";
import { inWords, type FileProblem } from "../check-policy-file";
import { GATEWAY_KINDS, POLICY_KINDS, type PolicyKind } from "../kinds";
import { pointerTo } from "../layer-tree";
import { patchOf } from "../patch-schema";
import { engineScopeSchema, POLICY_SCHEMAS, scopeSchema, type AnyScope } from "../schemas";
import type { ThreeWay } from "../three-way";

export const gatewayRef = { kind: z.enum(GATEWAY_KINDS), scope: scopeSchema };
export const engineRef = { kind: z.literal("engine"), scope: engineScopeSchema };

/** Which document: one kind at one scope. */
export const policyRefSchema = z.union([z.strictObject(gatewayRef), z.strictObject(engineRef)], {
  error:
    "kind is routing, caching, tokens or batching with scope global, environment, tenant or endpoint; or engine with scope pool or node",
});
export type PolicyRef = z.infer<typeof policyRefSchema>;

const document = z.record(z.string(), z.unknown()).describe("What this scope says of this kind; null unsets, {} says nothing");
const baseVersion = z.number().int().min(0).describe("The version that was edited; 0 when there was none");

const draftFields = { document, baseVersion };
export const policyDraftSchema = z.union([
  z.strictObject({ ...gatewayRef, ...draftFields }),
  z.strictObject({ ...engineRef, ...draftFields }),
]);
export type PolicyDraft = z.infer<typeof policyDraftSchema>;

/** Where a policy is asked for. Of a gateway without tenant or endpoint: those that no layer names. */
export const policyPlaceSchema = z.union([
  z.strictObject({
    environment: z.string().min(1).max(200),
    tenant: z.string().min(1).max(200).nullable().default(null),
    endpoint: z.string().min(1).max(200).nullable().default(null),
  }),
  z.strictObject({
    pool: z.string().min(1).max(200).nullable().default(null),
    node: z.string().min(1).max(200).nullable().default(null),
  }),
]);
export type PolicyPlaceInput = z.input<typeof policyPlaceSchema>;

const PATCHES = Object.fromEntries(POLICY_KINDS.map((kind) => [kind, patchOf(POLICY_SCHEMAS[kind] as z.ZodType)]));

/** A document of its kind in the order of the schema, or what is wrong with it, paths as in the whole policy. */
export function parseDocument(
  kind: PolicyKind,
  input: unknown,
): { document: Record<string, unknown> } | { problems: FileProblem[] } {
  const parsed = PATCHES[kind]!.safeParse(input);
  if (parsed.success) return { document: parsed.data as Record<string, unknown> };
  const root = pointerTo("", kind);
  return {
    problems: inWords(parsed.error, "in this document").map((problem) => ({
      ...problem,
      path: problem.path === "/" ? root : root + problem.path,
    })),
  };
}

/** "everywhere", "tenant acme", "pool llama-8b" */
export const scopeName = ({ level, value }: AnyScope): string => (level === "global" ? "everywhere" : `${level} ${value}`);

// ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PolicyVersionView {
  version: number;
  hash: string;
  message: string;
  restoredFrom: number | null;
  author: { kind: string; id: string; name: string };
  at: string;
}

export type PolicyHeadView = PolicyRef & PolicyVersionView;

export const TARGET_OUTCOMES = ["changed", "unchanged", "refused", "nothing"] as const;

/** What one target makes of the policies. */
export interface TargetOutcome {
  id: string;
  name: string;
  connector: string;
  environment: string;
  pool: string | null;
  simulated: boolean;
  /** refused: it keeps what it runs, for these reasons. nothing: no policy concerns it. */
  outcome: (typeof TARGET_OUTCOMES)[number];
  /** sha256 of the payload that it gets; null when refused or nothing. */
  hash: string | null;
  reasons: string[];
  warnings: string[];
}

/** What a save met that was not there when the editing began. */
export interface MovedBase extends ThreeWay {
  /** What is in force now. */
  current: PolicyVersionView;
  /** What you changed and what they changed, in words, both from the version that you edited. */
  yours: string[];
  theirs: string[];
}
