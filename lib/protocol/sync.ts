/**
 * `POST /api/fleet/v1/sync`: one long poll. The target says what runs; the console answers at once when that is not the
 * newest desired state, else when it becomes so, else after `holdMs` with nothing.
 *
 * Level-triggered: nothing is queued, only the newest desired state exists. `running` and `lastAttempt` are separate, so
 * that a failure is still told after the target went back.
 */
import { z } from "zod";
import { capabilitiesSchema, hardwareSchema } from "./connectors";
import { hashSchema, publicKeySchema, signingKeySchema } from "./keys";

const generation = z.number().int().min(0).max(2_147_483_647);
const reason = z.string().max(2_000);

/** offered → applying → warming → applied; refused (nothing was touched); failed (it went back). */
export const ATTEMPT_STATUSES = ["applying", "warming", "applied", "refused", "failed"] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

export const attemptSchema = z.strictObject({
  generation,
  hash: hashSchema,
  attempt: z.number().int().min(1).max(1_000_000).describe("Rises with each try of this target, over all generations"),
  status: z.enum(ATTEMPT_STATUSES),
  error: reason.optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const healthSchema = z.strictObject({
  ok: z.boolean(),
  reason: reason.optional(),
  crashes: z.number().int().min(0).max(1_000_000).default(0).describe("Of the engine since this generation was applied"),
  /** Figures worth seeing beside the target: spool bytes, requests in flight… */
  figures: z.record(z.string().max(60), z.number()).default({}),
});
export type Health = z.infer<typeof healthSchema>;

export const syncRequestSchema = z.strictObject({
  nodeId: z.uuid(),
  bootId: z.uuid().describe("New at every start of the program"),
  seq: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).describe("Rises by one with each sync of this boot, from 0"),
  version: z.string().max(60),
  capabilities: capabilitiesSchema,
  running: z.strictObject({ generation, hash: hashSchema }).nullable().describe("null: nothing was ever applied"),
  lastAttempt: attemptSchema.nullable(),
  health: healthSchema,
  effectiveHash: hashSchema.nullable().describe("Read back from what really runs; null: could not be read"),
  leaseEpoch: generation.nullable().describe("Generation whose lease this target holds; null: none"),
  /** Sent at the first sync of a boot, when it changed, and when `fullState` was asked for. */
  hardware: hardwareSchema.nullable().optional(),
  keySerial: z.number().int().min(0).optional().describe("Serial of the key list in force; absent: of the enrolment"),
  rotateTo: publicKeySchema.optional().describe("The target's next key; used only after the answer confirmed it"),
});
export type SyncRequest = z.infer<typeof syncRequestSchema>;

export const desiredSchema = z.object({
  generation,
  hash: hashSchema.describe("sha256 of the payload in JCS form (RFC 8785)"),
  payload: z.record(z.string(), z.unknown()),
  signature: z.string().max(200).describe("Ed25519 over JCS {target, generation, hash, notAfter}, base64url"),
  keyId: z.string().max(64),
  notAfter: z.iso.datetime(),
  leaseTtlSec: z.number().int().min(1).max(86_400).nullable().default(null),
  force: z.boolean().optional().describe("A person insists although this content failed at this target before"),
});
export type Desired = z.infer<typeof desiredSchema>;

export const syncResponseSchema = z.object({
  desired: desiredSchema.optional(),
  holdMs: z.number().int().min(0).max(60_000),
  serverTime: z.iso.datetime(),
  fullState: z.boolean().optional(),
  rotated: publicKeySchema.optional().describe("From now on this key of the target counts"),
  /** The console's keys when they change: signed by one that the target already trusts. */
  signingKeys: z
    .object({
      keys: z.array(signingKeySchema).min(1).max(2),
      serial: z.number().int().min(1).describe("Only rises: an old list is refused"),
      keyId: z.string().max(64),
      signature: z.string().max(200).describe("Ed25519 over JCS {keys, serial}, base64url"),
    })
    .optional(),
});
export type SyncResponse = z.infer<typeof syncResponseSchema>;

/** A payload larger than this is refused by publisher, fleet server and target alike. */
export const MAX_PAYLOAD_BYTES = 2 * 1024 * 1024;
/** Codes of the problem JSON with which a sync is refused for good: asking again does not help. */
export const SYNC_REFUSALS = ["revoked", "quarantined", "unknown_target", "bad_signature", "upgrade_required"] as const;
