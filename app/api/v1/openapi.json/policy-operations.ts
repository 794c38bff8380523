/** The policy routes for the document: see operations.ts. */
import { policyDraftSchema } from "@/lib/policies/store/schemas";
import type { Operation, Parameter } from "./operations";
import { json } from "./shapes";
import {
  effectivePolicySchema,
  policyDocumentSchema,
  policyHistorySchema,
  policyListSchema,
  policyPreviewSchema,
  versionDiffSchema,
} from "./policy-answers";

export const POLICY_SCHEMAS = {
  PolicyList: { schema: policyListSchema, io: "output" },
  EffectivePolicy: { schema: effectivePolicySchema, io: "output" },
  PolicyDocument: { schema: policyDocumentSchema, io: "output" },
  PolicyHistory: { schema: policyHistorySchema, io: "output" },
  PolicyVersionDiff: { schema: versionDiffSchema, io: "output" },
  PolicyDraft: { schema: policyDraftSchema, io: "input" },
  PolicyPreview: { schema: policyPreviewSchema, io: "output" },
} as const;

const query = (name: string, description: string, required = false): Parameter => ({
  name,
  in: "query",
  description,
  schema: { type: "string" },
  ...(required ? { required } : {}),
});
const ref = [
  query("kind", "routing, caching, tokens or batching; engine", true),
  query("level", "global, environment, tenant or endpoint; of kind engine pool or node", true),
  query("value", "Name of the scope; absent for global"),
];

const scope = { level: "tenant", value: "acme" };
const version = {
  version: 4,
  hash: "9c1185a5c5e9fc54612808977ee8f548b2258d31ddadef707b5d5e7b1d2d6f0a",
  message: "Shorter answers for acme",
  restoredFrom: null,
  author: { kind: "user", id: "0b2f", name: "Lena Lead" },
  at: "2026-11-20T10:15:30.123Z",
};
const document = { maxOutputTokens: 400 };
const draft = { kind: "tokens", scope, document, baseVersion: 3 };
const changes = ["tenant acme: tokens max output tokens 500 → 400"];
const target = {
  id: "0197a3f0-0000-7000-8000-000000000001",
  name: "gw-eu-1",
  connector: "headroom-gateway",
  environment: "production",
  pool: null,
  simulated: false,
  outcome: "changed",
  hash: version.hash,
  reasons: [],
  warnings: [],
};
const payload = { schema: 1, connector: "headroom-gateway", content: { layers: [{ scope, policies: { tokens: document } }] } };

const read = (path: string, id: string, summary: string, answer: Operation["answers"][string], parameters?: Parameter[]) =>
  ({
    method: "get",
    path,
    id,
    tag: "read",
    scope: "read",
    summary,
    ...(parameters ? { parameters } : {}),
    answers: { "200": answer },
    refusals: [400, 401, 403, 404, 503],
  }) satisfies Operation;

export const POLICY_OPERATIONS: readonly Operation[] = [
  read("/api/v1/policies", "list_policies", "Policies in force, by kind and scope, and the scopes that one can choose.", {
    description: "Without the documents",
    schema: "PolicyList",
    example: {
      limited: false,
      policies: [{ kind: "tokens", scope, ...version }],
      choices: { environments: ["production"], tenants: [{ id: "acme", name: "Acme" }], pools: [], nodes: [] },
    },
  }),
  read(
    "/api/v1/policies/effective",
    "read_effective_policy",
    "What applies in one place, and which scope said so.",
    {
      description: "The effective policy",
      schema: "EffectivePolicy",
      example: {
        effective: { tokens: { maxOutputTokens: 400 } },
        provenance: { "/tokens/maxOutputTokens": scope },
        layers: [{ level: "global", value: null }, scope],
      },
    },
    [
      query("environment", "Of a gateway"),
      query("tenant", "Absent: tenants that no policy names"),
      query("endpoint", "Absent: endpoints that no policy names"),
      query("pool", "Of an engine"),
      query("node", "Of one engine"),
    ],
  ),
  read(
    "/api/v1/policies/document",
    "read_policy",
    "What one scope says of one kind of policy.",
    { description: "In force, or of one version", schema: "PolicyDocument", example: { current: version, document } },
    [...ref, query("version", "Absent: what is in force")],
  ),
  read(
    "/api/v1/policies/history",
    "list_policy_versions",
    "Who changed a policy, when, why, and what, in words.",
    { description: "A page", schema: "PolicyHistory", example: { versions: [{ ...version, changes }], next: null } },
    [...ref, query("before", "Only versions older than this")],
  ),
  read(
    "/api/v1/policies/diff",
    "diff_policy_versions",
    "What is different between two versions.",
    {
      description: "In words, and both documents",
      schema: "PolicyVersionDiff",
      example: { changes, from: { maxOutputTokens: 500 }, to: document },
    },
    [...ref, query("from", "Version; 0 is nothing", true), query("to", "Version", true)],
  ),
  {
    method: "post",
    path: "/api/v1/policies/preview",
    id: "preview_policy",
    tag: "read",
    scope: "read",
    summary: "What a draft would do: problems, changes in words, and what each target would be sent. Changes nothing; to put it in force, draft a change.",
    body: { schema: "PolicyDraft", types: json, example: draft },
    answers: {
      "200": {
        description: "The preview",
        schema: "PolicyPreview",
        example: { problems: [], changes, moved: null, targets: [target], payloads: { [version.hash]: payload } },
      },
    },
    refusals: [400, 401, 403, 503],
  },
];
