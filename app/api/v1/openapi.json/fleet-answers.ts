/** Answers of the fleet routes as schemas, each held against the type that the verb returns. */
import { z } from "zod";
import { connectorSchema, hardwareSchema } from "@/lib/protocol/connectors";
import { ATTEMPT_STATUSES, healthSchema } from "@/lib/protocol/sync";
import type {
  DesiredEntry,
  EnrolmentTokenView,
  MadeEnrolmentToken,
  TargetAttempt,
  TargetDetails,
  TargetList,
  TargetOrder,
  TargetView,
} from "@/lib/fleet/schemas";

const generation = z.int().describe("Only rises: a rollback is a new one with old content");
const hash = z.string().describe("sha256 of the payload in canonical form (RFC 8785)");

const desiredSchema = z.object({
  generation,
  hash,
  leaseTtlSec: z.int().nullable().describe("Not renewed in time, the target goes back by itself"),
  forced: z.boolean().describe("Offered although the content failed there before"),
  reason: z.string(),
  createdBy: z.string(),
  createdAt: z.string(),
}) satisfies z.ZodType<DesiredEntry>;

const attemptSchema = z.object({
  generation,
  attempt: z.int(),
  hash,
  status: z.enum(ATTEMPT_STATUSES),
  error: z.string().nullable(),
  at: z.string(),
}) satisfies z.ZodType<TargetAttempt>;

const targetSchema = z.object({
  id: z.string(),
  name: z.string(),
  connector: connectorSchema,
  environment: z.string(),
  pool: z.string().nullable(),
  simulated: z.boolean(),
  state: z.enum(["active", "quarantined", "revoked"]),
  stateReason: z.string().nullable(),
  stateAt: z.string(),
  liveness: z.enum(["online", "offline", "never", "unknown"]).describe("unknown: nobody listened long enough to tell"),
  lastSeenAt: z.string().nullable(),
  enrolledAt: z.string(),
  version: z.string(),
  capabilities: z.array(z.string()),
  hardware: hardwareSchema.nullable(),
  health: healthSchema.nullable(),
  desired: desiredSchema.nullable(),
  withheld: z.string().nullable().describe("Why the newest order is not given to it: nobody allowed it"),
  running: z.object({ generation, hash }).nullable(),
  effectiveHash: z.string().nullable().describe("Read back from what really runs"),
  rollout: z.enum([
    "none",
    "pending",
    "offered",
    "applying",
    "warming",
    "healthy",
    "refused",
    "failed",
    "drifted",
    "unreachable",
  ]),
  lastAttempt: attemptSchema.nullable(),
  driftPolls: z.int().describe("Polls in a row that read back something else than what was applied; 3 count as drift"),
  leaseEpoch: z.int().nullable(),
}) satisfies z.ZodType<TargetView>;

export const targetListSchema = z.object({
  targets: z.array(targetSchema),
  fleetServer: z.object({ listening: z.boolean(), since: z.string().nullable() }),
}) satisfies z.ZodType<TargetList>;

export const targetDetailsSchema = z.object({
  target: targetSchema,
  desired: z.array(desiredSchema).describe("Newest first, at most 50"),
  attempts: z.array(attemptSchema).describe("Newest first, at most 50"),
}) satisfies z.ZodType<TargetDetails>;

export const targetOrderSchema = z.object({ entry: desiredSchema, payload: z.unknown() }) satisfies z.ZodType<TargetOrder>;

const tokenSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  connector: connectorSchema.nullable(),
  environment: z.string(),
  pool: z.string().nullable(),
  maxUses: z.int(),
  uses: z.int(),
  expiresAt: z.string(),
  revokedAt: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string().nullable(),
}) satisfies z.ZodType<EnrolmentTokenView>;

export const enrolmentTokenListSchema = z.object({ enrolmentTokens: z.array(tokenSchema).describe("Of the last 7 days") });
export const endedEnrolmentTokenSchema = z.object({ enrolmentToken: tokenSchema });
export const madeEnrolmentTokenSchema = z.object({
  enrolmentToken: tokenSchema,
  token: z.string().describe("Shown only here"),
}) satisfies z.ZodType<MadeEnrolmentToken>;
