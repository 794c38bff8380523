/**
 * active ─ two live programs ─► quarantined ─ released by an admin ─► active
 * active, quarantined ─ revoked by an admin ─► revoked ─ enrolled again ─► active
 *
 * Fleet servers hear of it at commit, so that a parked poll learns it at once.
 */
import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { endIngestKey } from "@/lib/auth/issue-ingest-key";
import { withTransaction } from "@/lib/db/transaction";
import { AppError } from "@/lib/http/errors";
import { requireFleet } from "./may-run-fleet";
import type { TargetState } from "./schemas";

interface Row {
  state: TargetState;
  name: string;
  ingestKeyId: string | null;
}

/** End its access for good: key, configuration and ingest key. What it runs, it keeps running. Again: nothing changes. */
export async function revokeTarget(ctx: Ctx, id: string, reason: string): Promise<void> {
  requireFleet(ctx, "admin");
  await withTransaction(ctx.db.pool, async (client) => {
    const target = await lock(client, id);
    if (target.state === "revoked") return;
    await change(client, ctx, { id, target, state: "revoked", action: "target.revoke", reason });
    if (target.ingestKeyId) await endIngestKey(client, ctx, target.ingestKeyId);
  });
}

/** Let a quarantined target back in. Whoever asks next is the one program; if two still live, it is quarantined again. */
export async function releaseTarget(ctx: Ctx, id: string, reason: string): Promise<void> {
  requireFleet(ctx, "admin");
  await withTransaction(ctx.db.pool, async (client) => {
    const target = await lock(client, id);
    if (target.state === "active") return;
    if (target.state === "revoked") {
      throw new AppError("conflict", `${target.name} is revoked. Enrol it again with a new token instead.`);
    }
    await client.query("update target set boot_id = null, previous_boot_id = null, boot_sent_at = null, seq = 0 where id = $1", [
      id,
    ]);
    await change(client, ctx, { id, target, state: "active", action: "target.release", reason });
  });
}

/** By the fleet server, when two programs use one identity. */
export async function quarantineTarget(pool: pg.Pool, input: { id: string; reason: string; now: Date }): Promise<void> {
  const { id, reason, now } = input;
  await withTransaction(pool, async (client) => {
    const target = await lock(client, id);
    if (target.state !== "active") return;
    await change(client, { actor: SYSTEM_ACTOR, now }, { id, target, state: "quarantined", action: "target.quarantine", reason });
  });
}

async function lock(client: pg.PoolClient, id: string): Promise<Row> {
  const { rows } = await client.query<Row>(
    `select state, name, ingest_key_id as "ingestKeyId" from target where id = $1 for update`,
    [id],
  );
  if (!rows[0]) throw new AppError("not_found", "There is no such target.");
  return rows[0];
}

async function change(
  client: pg.PoolClient,
  ctx: Pick<Ctx, "actor" | "now">,
  input: { id: string; target: Row; state: TargetState; action: string; reason: string },
): Promise<void> {
  const { id, target, state, action, reason } = input;
  await client.query("update target set state = $2, state_reason = $3, state_at = $4 where id = $1", [
    id,
    state,
    state === "active" ? null : reason,
    ctx.now,
  ]);
  const data = { name: target.name, from: target.state, to: state, reason };
  await appendAuditRaw(client, ctx, { action, subject: `target:${id}`, data });
  await client.query("select pg_notify('fleet_desired', $1)", [id]);
}
