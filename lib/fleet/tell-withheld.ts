/** An order that a fleet server would not sign: kept on its target for the page, and in the audit chain, once. */
import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db/transaction";

interface Withheld {
  id: string;
  generation: number;
  hash: string;
  reason: string;
  now: Date;
}

export async function tellWithheld(pool: pg.Pool, { id, generation, hash, reason, now }: Withheld): Promise<void> {
  await withTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update target set unsigned_order = jsonb_build_object('generation', $2::int, 'reason', $3::text, 'at', $4::timestamptz)
       where id = $1 and (unsigned_order->>'generation')::int is distinct from $2`,
      [id, generation, reason, now],
    );
    if (rowCount === 0) return;
    const data = { generation, hash, reason };
    await appendAuditRaw(client, { actor: SYSTEM_ACTOR, now }, { action: "target.withhold", subject: `target:${id}`, data });
  });
}
