/**
 * A machine shows a token and becomes a target.
 *
 *   name unknown                      a new target
 *   name known, revoked               the same target with a new key: its history stays, old words of it do not count
 *   name known, same key, same token  the answer got lost: said again, the token is not used again
 *   name known, same key              said again; the token is used
 *   name known, another key           refused: revoke the old one first, or take another name
 */
import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { endIngestKey, issueIngestKey } from "@/lib/auth/issue-ingest-key";
import { withTransaction } from "@/lib/db/transaction";
import { AppError } from "@/lib/http/errors";
import type { EnrolRequest, PublicKey } from "@/lib/protocol";
import { hashEnrolmentToken } from "./enrolment-token";

interface TokenRow {
  id: string;
  name: string | null;
  connector: string | null;
  environment: string;
  pool: string | null;
  maxUses: number;
  uses: number;
  expiresAt: Date;
  revokedAt: Date | null;
}

interface KnownTarget {
  id: string;
  connector: string;
  state: string;
  publicKey: PublicKey;
  ingestKeyId: string | null;
  tokenId: string | null;
}

export interface Enrolled {
  id: string;
  name: string;
  environment: string;
  pool: string | null;
  ingestKey: string;
}

/** Engines belong to a pool, and their samples name their node. */
const isEngine = (request: EnrolRequest) => request.connector === "engine";

export async function enrolTarget(pool: pg.Pool, request: EnrolRequest, now: Date): Promise<Enrolled> {
  return withTransaction(pool, async (client) => {
    const token = await lockToken(client, request, now);
    const known = await lockByName(client, request.name);
    refuseAnother(known, request);
    const again = known !== undefined && known.state !== "revoked" && known.tokenId === token.id;
    if (!again) await useToken(client, token);
    const actor = { ...SYSTEM_ACTOR, id: token.id, name: `enrolment token for ${request.name}` };
    const ctx = { actor, now };
    const poolId = await placeNode(client, ctx, request, token.pool);
    if (known?.ingestKeyId) await endIngestKey(client, ctx, known.ingestKeyId);
    const key = await issueIngestKey(client, ctx, `target ${request.name}`);
    const id = await saveTarget(client, { request, token, poolId, known, ingestKeyId: key.id, now });
    const data = {
      name: request.name,
      connector: request.connector,
      environment: token.environment,
      pool: poolId,
      version: request.version,
      simulated: request.simulated,
      publicKey: request.publicKey.x,
      token: token.id,
    };
    await appendAuditRaw(client, ctx, { action: known ? "target.reenrol" : "target.enrol", subject: `target:${id}`, data });
    return { id, name: request.name, environment: token.environment, pool: poolId, ingestKey: key.key };
  });
}

async function lockToken(client: pg.PoolClient, request: EnrolRequest, now: Date): Promise<TokenRow> {
  const { rows } = await client.query<TokenRow>(
    `select id, name, connector, environment, pool_id as pool, max_uses as "maxUses", uses, expires_at as "expiresAt",
       revoked_at as "revokedAt" from enrolment_token where hash = $1 for update`,
    [hashEnrolmentToken(request.token)],
  );
  const token = rows[0];
  // One sentence for all: who guesses learns nothing.
  if (!token || token.revokedAt || token.expiresAt <= now) {
    throw new AppError(
      "unauthenticated",
      "This enrolment token is unknown, expired or revoked. Make a new one on the page Fleet.",
    );
  }
  if (token.connector !== null && token.connector !== request.connector) {
    throw new AppError("forbidden", `This token enrols ${token.connector} targets, not ${request.connector}.`, {
      field: "connector",
    });
  }
  if (token.name !== null && token.name !== request.name) {
    throw new AppError("forbidden", `This token is for the target ${token.name}, not ${request.name}.`, { field: "name" });
  }
  return token;
}

async function lockByName(client: pg.PoolClient, name: string): Promise<KnownTarget | undefined> {
  // Two machines with one name at the same moment: the second waits, and finds the first.
  await client.query("select pg_advisory_xact_lock(hashtextextended('target:' || $1, 0))", [name]);
  const { rows } = await client.query<KnownTarget>(
    `select id, connector, state, public_key as "publicKey", ingest_key_id as "ingestKeyId", enrolment_token_id as "tokenId"
     from target where name = $1 for update`,
    [name],
  );
  return rows[0];
}

function refuseAnother(known: KnownTarget | undefined, request: EnrolRequest): void {
  if (!known) return;
  if (known.connector !== request.connector) {
    throw new AppError(
      "conflict",
      `There is a target ${request.name} already, of ${known.connector}. Choose another name for this ${request.connector}.`,
      { field: "name" },
    );
  }
  if (known.state !== "revoked" && known.publicKey.x !== request.publicKey.x) {
    throw new AppError(
      "conflict",
      `There is a target ${request.name} already, with another key. If this machine replaces it, revoke the old one on the page Fleet and enrol again; else choose another name.`,
      { field: "name" },
    );
  }
}

async function useToken(client: pg.PoolClient, token: TokenRow): Promise<void> {
  if (token.uses >= token.maxUses) {
    const times = token.maxUses === 1 ? "once" : `${token.maxUses} times`;
    throw new AppError("unauthenticated", `This enrolment token was made to be used ${times}, and was. Make a new one.`);
  }
  await client.query("update enrolment_token set uses = uses + 1 where id = $1", [token.id]);
}

/** The pool of the token, and for an engine its node: made when they are not there, never changed. */
async function placeNode(
  client: pg.PoolClient,
  ctx: Pick<Ctx, "actor" | "now">,
  request: EnrolRequest,
  pool: string | null,
): Promise<string | null> {
  const { hardware, name, simulated } = request;
  const poolId = pool ?? (isEngine(request) ? name : null);
  if (poolId === null) return null;
  const made = await client.query(
    `insert into pool (id, name, model, engine, simulated, created_at) values ($1, $1, $2, $3, $4, $5) on conflict do nothing`,
    [poolId, hardware?.model ?? "", hardware?.engine ?? "", simulated, ctx.now],
  );
  if (made.rowCount === 1) {
    const data = { model: hardware?.model ?? "", engine: hardware?.engine ?? "", simulated };
    await appendAuditRaw(client, ctx, { action: "pool.create", subject: `pool:${poolId}`, data });
  }
  if (isEngine(request)) {
    await client.query(
      `insert into node (id, pool_id, gpu_type, gpu_count, simulated, created_at) values ($1, $2, $3, $4, $5, $6)
       on conflict do nothing`,
      [name, poolId, hardware?.gpuType ?? "", hardware?.gpuCount ?? 0, simulated, ctx.now],
    );
  }
  return poolId;
}

async function saveTarget(
  client: pg.PoolClient,
  input: {
    request: EnrolRequest;
    token: TokenRow;
    poolId: string | null;
    known: KnownTarget | undefined;
    ingestKeyId: string;
    now: Date;
  },
): Promise<string> {
  const { request, token, poolId, known, ingestKeyId, now } = input;
  const { name, connector, version, capabilities, hardware, simulated, publicKey } = request;
  const fresh = known === undefined || known.state === "revoked";
  if (!fresh) {
    await client.query("update target set ingest_key_id = $2, enrolment_token_id = $3 where id = $1", [
      known.id,
      ingestKeyId,
      token.id,
    ]);
    return known.id;
  }
  // Another life of the same name: what its earlier program said last is not what this one says.
  const { rows } = await client.query<{ id: string }>(
    `insert into target (name, connector, environment, pool_id, simulated, public_key, ingest_key_id, enrolment_token_id,
       enrolled_at, state_at, version, capabilities, hardware)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12)
     on conflict (name) do update set environment = excluded.environment, pool_id = excluded.pool_id,
       simulated = excluded.simulated, public_key = excluded.public_key, next_public_key = null,
       ingest_key_id = excluded.ingest_key_id, enrolment_token_id = excluded.enrolment_token_id,
       enrolled_at = excluded.enrolled_at, state = 'active', state_reason = null, state_at = excluded.state_at,
       version = excluded.version, capabilities = excluded.capabilities, hardware = excluded.hardware, boot_id = null,
       previous_boot_id = null, boot_sent_at = null, seq = 0, last_seen_at = null, health = null, running_generation = null,
       running_hash = null, effective_hash = null, lease_epoch = null, drift_polls = 0, attempt_generation = null,
       attempt_number = null, offered_generation = null, offered_boot_id = null, offered_seq = null, offered_at = null,
       key_serial = 0, verdict_floor = 0
     returning id`,
    [
      name,
      connector,
      token.environment,
      poolId,
      simulated,
      JSON.stringify(publicKey),
      ingestKeyId,
      token.id,
      now,
      version,
      capabilities,
      hardware === null ? null : JSON.stringify(hardware),
    ],
  );
  return rows[0]!.id;
}
