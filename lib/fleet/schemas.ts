/** What the fleet's read side answers with, and what it is asked. Shared by the API and the pages. */
import { z } from "zod";
import { connectorSchema, type Connector, type Hardware } from "@/lib/protocol/connectors";
import type { AttemptStatus, Health } from "@/lib/protocol/sync";

export const connectionQuerySchema = z.strictObject({
  key: z
    .string()
    .min(6)
    .max(80)
    .describe("Id of an API key, or the first characters that are shown of it (its prefix). Never the key itself."),
  since: z.iso.datetime({ offset: true }).describe("Show what came after this; at most 24 hours back"),
});

/** `live`: a sample in the last 5 minutes; `stale`: an older one; `silent`: never one. */
export type NodeState = "live" | "stale" | "silent";

/** The newest sample of a node. Shares are 0..1, null where the source does not tell. */
export interface NodeReading {
  at: string;
  engineActive: number | null;
  gpuUtilization: number | null;
  memoryUsedMib: number | null;
  memoryTotalMib: number | null;
  kvCacheUsage: number | null;
  running: number | null;
  waiting: number | null;
  /** Prompt and generated tokens of the sample over its interval. */
  tokensPerSecond: number | null;
  powerWatts: number | null;
}

export interface FleetNode {
  id: string;
  gpuType: string | null;
  gpuCount: number;
  region: string | null;
  commitment: string | null;
  simulated: boolean;
  state: NodeState;
  /** Null also for a reader who is limited to tenants: it tells what others are doing. */
  reading: NodeReading | null;
}

export interface FleetPool {
  id: string;
  name: string;
  model: string | null;
  engine: string | null;
  simulated: boolean;
  nodes: FleetNode[];
}

export interface ReceivedEvent {
  id: string;
  requestId: string;
  occurredAt: string;
  receivedAt: string;
  tenant: string;
  endpoint: string;
  provider: string;
  model: string;
  status: string;
  dialect: string;
  totalTokens: string;
  pricingState: string;
  costUsd: string;
}

export interface RefusedEvent {
  receivedAt: string;
  source: string;
  code: string;
  field: string | null;
  reason: string;
  eventId: string | null;
}

export interface Connection {
  key: { id: string; name: string; prefix: string; lastUsedAt: string | null };
  /** Newest first, at most 20. */
  received: ReceivedEvent[];
  refused: RefusedEvent[];
}

/** quarantined: two live programs with one identity; neither gets configuration until somebody released it. */
export type TargetState = "active" | "quarantined" | "revoked";

/**
 * online: it asked within three holds; offline: it did not; never: it has not asked since it was enrolled;
 * unknown: nobody listened long enough to tell (the fleet server is away, or was a moment ago).
 */
export type Liveness = "online" | "offline" | "never" | "unknown";

/**
 * Where the newest order stands at one target.
 *   none: nothing was ordered. pending: not offered yet. offered, applying, warming: on its way. healthy: it runs, read
 *   back where that is possible. refused: not touched. failed: tried, went back. drifted: what runs is not what was applied.
 *   unreachable: offline or unknown with an order that has not arrived.
 */
export type RolloutState =
  | "none"
  | "pending"
  | "offered"
  | "applying"
  | "warming"
  | "healthy"
  | "refused"
  | "failed"
  | "drifted"
  | "unreachable";

export interface TargetAttempt {
  generation: number;
  attempt: number;
  hash: string;
  status: AttemptStatus;
  error: string | null;
  at: string;
}

export interface DesiredEntry {
  generation: number;
  hash: string;
  leaseTtlSec: number | null;
  forced: boolean;
  reason: string;
  createdBy: string;
  createdAt: string;
}

export interface TargetView {
  id: string;
  name: string;
  connector: Connector;
  environment: string;
  pool: string | null;
  /** Shown with its label everywhere. */
  simulated: boolean;
  state: TargetState;
  stateReason: string | null;
  stateAt: string;
  liveness: Liveness;
  lastSeenAt: string | null;
  enrolledAt: string;
  version: string;
  capabilities: string[];
  hardware: Hardware | null;
  health: Health | null;
  /** What is wanted; null: nothing was ever ordered. */
  desired: DesiredEntry | null;
  /** Why the newest order is not given to it: nobody allowed it. Null: it is. */
  withheld: string | null;
  /** What it says that it runs. */
  running: { generation: number; hash: string } | null;
  /** Read back from what really runs; null: cannot be read. */
  effectiveHash: string | null;
  rollout: RolloutState;
  lastAttempt: TargetAttempt | null;
  /** Polls in a row that read back something else than what was applied. */
  driftPolls: number;
  /** Generation whose lease it holds. */
  leaseEpoch: number | null;
}

/** `GET /api/v1/targets` */
export interface TargetList {
  targets: TargetView[];
  fleetServer: { listening: boolean; since: string | null };
}

/** `GET /api/v1/targets/[id]`: newest first, at most 50 of each. */
export interface TargetDetails {
  target: TargetView;
  desired: DesiredEntry[];
  attempts: TargetAttempt[];
}

/** `GET /api/v1/targets/[id]/desired/[generation]` */
export interface TargetOrder {
  entry: DesiredEntry;
  payload: unknown;
}

const scopeName = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/, {
    error: "must be letters, digits, dots, dashes and underscores, beginning with a letter or digit",
  });

export const createEnrolmentTokenSchema = z.strictObject({
  name: scopeName.nullish().describe("Only a target of this name may use it; then it works once"),
  connector: connectorSchema.nullish().describe("Only this connector; absent: any"),
  environment: scopeName.default("production"),
  pool: scopeName.nullish().describe("Pool of the engine nodes that enrol with it; made when it does not exist"),
  maxUses: z.number().int().min(1).max(1_000).default(1),
  minutes: z.number().int().min(1).max(60).default(30).describe("How long it works"),
});
export type CreateEnrolmentTokenInput = z.input<typeof createEnrolmentTokenSchema>;

export interface EnrolmentTokenView {
  id: string;
  name: string | null;
  connector: Connector | null;
  environment: string;
  pool: string | null;
  maxUses: number;
  uses: number;
  expiresAt: string;
  revokedAt: string | null;
  createdAt: string;
  createdBy: string | null;
}

/** `POST /api/v1/enrolment-tokens`: the token itself comes back only here. */
export interface MadeEnrolmentToken {
  enrolmentToken: EnrolmentTokenView;
  token: string;
}

export const changeTargetSchema = z.strictObject({
  reason: z.string().trim().min(3, { error: "say why, in a few words" }).max(500),
});
