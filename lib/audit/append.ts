/**
 * The hash chain: hash = sha256(prevHash ‖ JCS(event)), JCS = RFC 8785. One row a mutation, in its transaction.
 * The head row is locked first, so the order of the chain is the order of commits.
 */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type pg from "pg";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";

export interface AuditEntry {
  /** `noun.verb`, e.g. `api_key.create`. */
  action: string;
  /** `noun:id` of what was changed. */
  subject: string;
  /** What changed, JSON. Never a secret. */
  data: Record<string, unknown>;
}

export interface ChainedEvent {
  seq: string;
  at: string;
  actorKind: string;
  actorId: string;
  actorName: string;
  action: string;
  subject: string;
  data: unknown;
}

/** The hash of one link; pure. `prevHash` is 64 hex digits, all zero before the first event. */
export function chainHash(prevHash: string, event: ChainedEvent): string {
  const canonical = canonicalize(event);
  if (canonical === undefined) throw new Error("An audit event must be JSON.");
  return createHash("sha256").update(prevHash).update(canonical).digest("hex");
}

/** Append one entry inside the caller's transaction. Returns its place in the chain. */
export async function appendAudit(tx: Tx, ctx: Pick<Ctx, "actor" | "now">, entry: AuditEntry): Promise<bigint> {
  const [head] = await tx.$queryRaw<{ seq: bigint; hash: string }[]>`select seq, hash from audit_head where id = 1 for update`;
  const { row, seq, hash, event } = nextLink(head, ctx, entry);
  await tx.auditEvent.create({ data: { ...event, ...row, data: event.data as object } });
  await tx.auditHead.update({ where: { id: 1 }, data: { seq, hash } });
  return seq;
}

/** The same in a raw transaction, for programs that do without Prisma. */
export async function appendAuditRaw(client: pg.PoolClient, ctx: Pick<Ctx, "actor" | "now">, entry: AuditEntry): Promise<void> {
  const { rows } = await client.query<{ seq: string; hash: string }>(
    "select seq::text, hash from audit_head where id = 1 for update",
  );
  const { row, seq, hash, event } = nextLink(rows[0] && { ...rows[0], seq: BigInt(rows[0].seq) }, ctx, entry);
  await client.query(
    `insert into audit_event (seq, at, actor_kind, actor_id, actor_name, action, subject, data, prev_hash, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [seq, row.at, event.actorKind, event.actorId, event.actorName, event.action, event.subject, event.data, row.prevHash, hash],
  );
  await client.query("update audit_head set seq = $1, hash = $2 where id = 1", [seq, hash]);
}

function nextLink(
  head: { seq: bigint; hash: string } | undefined,
  { actor, now }: Pick<Ctx, "actor" | "now">,
  entry: AuditEntry,
) {
  if (!head) throw new Error("The audit chain has no head.");
  const seq = head.seq + 1n;
  const event: ChainedEvent = {
    seq: seq.toString(),
    at: now.toISOString(),
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    action: entry.action,
    subject: entry.subject,
    data: JSON.parse(JSON.stringify(entry.data)) as Record<string, unknown>,
  };
  const hash = chainHash(head.hash, event);
  return { seq, hash, event, row: { seq, at: now, prevHash: head.hash, hash } };
}
