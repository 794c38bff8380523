/**
 * The hash chain: hash = sha256(prevHash ‖ JCS(event)), JCS = RFC 8785. One row a mutation, in its transaction.
 * The head row is locked first, so the order of the chain is the order of commits.
 */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
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

/** Append one entry inside the caller's transaction. */
export async function appendAudit(tx: Tx, ctx: Pick<Ctx, "actor" | "now">, entry: AuditEntry): Promise<void> {
  const [head] = await tx.$queryRaw<{ seq: bigint; hash: string }[]>`select seq, hash from audit_head where id = 1 for update`;
  if (!head) throw new Error("The audit chain has no head.");
  const seq = head.seq + 1n;
  const data = JSON.parse(JSON.stringify(entry.data)) as Record<string, unknown>;
  const event: ChainedEvent = {
    seq: seq.toString(),
    at: ctx.now.toISOString(),
    actorKind: ctx.actor.kind,
    actorId: ctx.actor.id,
    actorName: ctx.actor.name,
    action: entry.action,
    subject: entry.subject,
    data,
  };
  const hash = chainHash(head.hash, event);
  await tx.auditEvent.create({
    data: { ...event, seq, at: ctx.now, data: data as object, prevHash: head.hash, hash },
  });
  await tx.auditHead.update({ where: { id: 1 }, data: { seq, hash } });
}
