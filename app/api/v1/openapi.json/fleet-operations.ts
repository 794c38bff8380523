/** The fleet routes for the document: see operations.ts. */
import { changeTargetSchema, createEnrolmentTokenSchema } from "@/lib/fleet/schemas";
import {
  endedEnrolmentTokenSchema,
  enrolmentTokenListSchema,
  madeEnrolmentTokenSchema,
  targetDetailsSchema,
  targetListSchema,
  targetOrderSchema,
} from "./fleet-answers";
import type { Operation, Parameter } from "./operations";
import { inPath, json } from "./shapes";
import { targetOutcomeSchema } from "./policy-answers";

export const FLEET_SCHEMAS = {
  TargetList: { schema: targetListSchema, io: "output" },
  TargetDetails: { schema: targetDetailsSchema, io: "output" },
  TargetOutcome: { schema: targetOutcomeSchema, io: "output" },
  TargetOrder: { schema: targetOrderSchema, io: "output" },
  ChangeTarget: { schema: changeTargetSchema, io: "input" },
  CreateEnrolmentToken: { schema: createEnrolmentTokenSchema, io: "input" },
  MadeEnrolmentToken: { schema: madeEnrolmentTokenSchema, io: "output" },
  EnrolmentTokenList: { schema: enrolmentTokenListSchema, io: "output" },
  EndedEnrolmentToken: { schema: endedEnrolmentTokenSchema, io: "output" },
} as const;

const targetId = inPath("id", "Id of the target");

const hash = "9c1185a5c5e9fc54612808977ee8f548b2258d31ddadef707b5d5e7b1d2d6f0a";
const desired = {
  generation: 7,
  hash,
  leaseTtlSec: null,
  forced: false,
  reason: "Shorter answers for acme",
  createdBy: "Lena Lead",
  createdAt: "2026-11-20T10:15:30.123Z",
};
const attempt = { generation: 7, attempt: 12, hash, status: "applied", error: null, at: "2026-11-20T10:15:31.002Z" };
const target = {
  id: "0197a3f0-0000-7000-8000-000000000001",
  name: "gw-eu-1",
  connector: "headroom-gateway",
  environment: "production",
  pool: null,
  simulated: false,
  state: "active",
  stateReason: null,
  withheld: null,
  stateAt: "2026-11-19T08:00:00.000Z",
  liveness: "online",
  lastSeenAt: "2026-11-20T10:15:31.002Z",
  enrolledAt: "2026-11-19T08:00:00.000Z",
  version: "0.1.0",
  capabilities: ["routing", "weights", "canary"],
  hardware: null,
  health: { ok: true, crashes: 0, figures: { inFlight: 3 } },
  desired,
  running: { generation: 7, hash },
  effectiveHash: hash,
  rollout: "healthy",
  lastAttempt: attempt,
  driftPolls: 0,
  leaseEpoch: null,
};
const details = { target, desired: [desired], attempts: [attempt] };
const token = {
  id: "0197a3f0-0000-7000-8000-000000000002",
  name: null,
  connector: "engine",
  environment: "production",
  pool: "llama-70b",
  maxUses: 4,
  uses: 0,
  expiresAt: "2026-11-20T10:45:30.123Z",
  revokedAt: null,
  createdAt: "2026-11-20T10:15:30.123Z",
  createdBy: "Lena Lead",
};

const read = (
  path: string,
  id: string,
  summary: string,
  answer: Operation["answers"][string],
  parameters: Parameter[] = [],
  scope: Operation["scope"] = "read",
): Operation => ({
  method: "get",
  path,
  id,
  tag: scope === "read" ? "read" : "operate",
  scope,
  summary,
  ...(parameters.length > 0 ? { parameters } : {}),
  answers: { "200": answer },
  refusals: parameters.length > 0 ? [401, 403, 404, 503] : [401, 403, 503],
});

const change = (verb: "revoke" | "release", summary: string, after: object): Operation => ({
  method: "post",
  path: `/api/v1/targets/{id}/${verb}`,
  id: `${verb}_target`,
  tag: "operate",
  scope: "admin",
  summary,
  parameters: [targetId],
  body: { schema: "ChangeTarget", types: json, example: { reason: "The machine was replaced" } },
  answers: {
    "200": {
      description: "The target afterwards",
      schema: "TargetDetails",
      example: { ...details, target: { ...target, ...after } },
    },
  },
  refusals: [400, 401, 403, 404, 409, 413, 415, 503],
});

export const FLEET_OPERATIONS: readonly Operation[] = [
  read("/api/v1/targets", "list_targets", "Everything that takes configuration, and where each stands.", {
    description: "By name",
    schema: "TargetList",
    example: { targets: [target], fleetServer: { listening: true, since: "2026-11-20T08:00:00.000Z" } },
  }),
  read(
    "/api/v1/targets/{id}",
    "get_target",
    "One target with its newest orders and what it said of them.",
    { description: "The target", schema: "TargetDetails", example: details },
    [targetId],
  ),
  read(
    "/api/v1/targets/{id}/outcome",
    "get_target_outcome",
    "What the policies in force mean for a target: it has them, gets them, or cannot have them, and why.",
    {
      description: "What it makes of them",
      schema: "TargetOutcome",
      example: {
        id: target.id,
        name: target.name,
        connector: target.connector,
        environment: target.environment,
        pool: null,
        simulated: false,
        outcome: "unchanged",
        hash,
        reasons: [],
        warnings: [],
      },
    },
    [targetId],
  ),
  read(
    "/api/v1/targets/{id}/desired/{generation}",
    "get_target_order",
    "What was ordered, as it was rendered. Not for keys that are limited to a tenant.",
    {
      description: "The order",
      schema: "TargetOrder",
      example: { entry: desired, payload: { schema: 1, connector: "headroom-gateway", content: { layers: [] } } },
    },
    [targetId, inPath("generation", "Which order", { type: "integer" })],
    "admin",
  ),
  change("revoke", "End a target's access for good. What it runs, it keeps running.", {
    state: "revoked",
    stateReason: "The machine was replaced",
  }),
  change("release", "Let a quarantined target back in, when only one program uses its identity.", {}),
  read(
    "/api/v1/enrolment-tokens",
    "list_enrolment_tokens",
    "Tokens of the last seven days, never their secret.",
    { description: "Newest first", schema: "EnrolmentTokenList", example: { enrolmentTokens: [token] } },
    [],
    "admin",
  ),
  {
    method: "post",
    path: "/api/v1/enrolment-tokens",
    id: "create_enrolment_token",
    tag: "operate",
    scope: "admin",
    summary: "Make a token with which machines enrol as targets, for at most an hour.",
    body: {
      schema: "CreateEnrolmentToken",
      types: json,
      example: { connector: "engine", environment: "production", pool: "llama-70b", maxUses: 4, minutes: 30 },
    },
    answers: {
      "201": {
        description: "The token, shown once",
        schema: "MadeEnrolmentToken",
        example: { enrolmentToken: token, token: "het_4fZK0m3pR7sX1cV9bN2qL5wT8yU6iO0aS4dF7gH1jKe" },
      },
    },
    refusals: [400, 401, 403, 413, 415, 422, 503],
  },
  {
    method: "delete",
    path: "/api/v1/enrolment-tokens/{id}",
    id: "revoke_enrolment_token",
    tag: "operate",
    scope: "admin",
    summary: "End a token before its time. What it let in stays.",
    parameters: [inPath("id", "Id of the token")],
    answers: {
      "200": {
        description: "The token",
        schema: "EndedEnrolmentToken",
        example: { enrolmentToken: { ...token, revokedAt: "2026-11-20T10:20:00.000Z" } },
      },
    },
    refusals: [401, 403, 404, 503],
  },
];
