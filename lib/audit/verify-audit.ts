import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { CHAIN_START, checkHead, checkLink, type ChainEnd, type StoredLink } from "./check-link";
import type { AuditHeadView, AuditVerdict } from "./schemas";

const BATCH = 2_000;

interface Row {
  seq: bigint;
  at: Date;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  action: string;
  subject: string;
  data: unknown;
  prev_hash: string;
  hash: string;
}

/**
 * Walk the whole chain from its first event to its head, in one snapshot. With `expected`, a head written down
 * earlier, the chain must also still contain that very event: rewriting everything, head included, is then noticed.
 */
export async function verifyAudit(ctx: Ctx, expected?: AuditHeadView): Promise<AuditVerdict> {
  requireWorkspaceAdmin(ctx);
  return withTransaction(ctx.db.pool, async (client) => {
    await client.query("set transaction isolation level repeatable read, read only");
    const heads = await client.query<{ seq: bigint; hash: string }>("select seq, hash from audit_head where id = 1");
    const head: ChainEnd = heads.rows[0] ?? CHAIN_START;
    const answer = { checked: 0, head: { seq: head.seq.toString(), hash: head.hash } };
    let end = CHAIN_START;
    for (;;) {
      const { rows } = await client.query<Row>("select * from audit_event where seq > $1 order by seq limit $2", [
        end.seq,
        BATCH,
      ]);
      for (const row of rows) {
        const reason = checkLink(end, linkOf(row)) ?? (expected ? checkExpected(row, expected) : undefined);
        if (reason) return { ok: false, ...answer, broken: { seq: row.seq.toString(), reason } };
        end = { seq: row.seq, hash: row.hash };
        answer.checked += 1;
      }
      if (rows.length < BATCH) break;
    }
    const reason =
      checkHead(end, head) ??
      (expected && BigInt(expected.seq) > end.seq ? `Event ${expected.seq}, written down earlier, is missing.` : undefined);
    if (reason) return { ok: false, ...answer, broken: { seq: (end.seq + 1n).toString(), reason } };
    return { ok: true, ...answer };
  });
}

function checkExpected(row: Row, expected: AuditHeadView): string | undefined {
  return row.seq.toString() === expected.seq && row.hash !== expected.hash
    ? "It is not the event whose hash was written down earlier: the past was rewritten."
    : undefined;
}

function linkOf(row: Row): StoredLink {
  return {
    event: {
      seq: row.seq.toString(),
      at: row.at.toISOString(),
      actorKind: row.actor_kind,
      actorId: row.actor_id,
      actorName: row.actor_name,
      action: row.action,
      subject: row.subject,
      data: row.data,
    },
    prevHash: row.prev_hash,
    hash: row.hash,
  };
}
