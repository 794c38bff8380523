/** An order that a fleet server would not sign: kept on its target for the page, and in the audit chain, once. */
import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db/transaction";

export interface Withheld {
  targetId: string;
  targetName: string;
  generation: number;
  reason: string;
  at: Date;
}
/** Tells people, in the transaction that puts it on record. */
export type TellPeople = (client: pg.PoolClient, order: Withheld) => Promise<void>;

interface UnsignedOrder {
  id: string;
  generation: number;
  hash: string;
  reason: string;
  now: Date;
}

export async function tellWithheld(pool: pg.Pool, order: UnsignedOrder, tellPeople: TellPeople): Promise<void> {
  const { id, generation, hash, reason, now } = order;
  await withTransaction(pool, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `update target set unsigned_order = jsonb_build_object('generation', $2::int, 'reason', $3::text, 'at', $4::timestamptz)
       where id = $1 and (unsigned_order->>'generation')::int is distinct from $2 returning name`,
      [id, generation, reason, now],
    );
    const target = rows[0];
    if (!target) return;
    const data = { generation, hash, reason };
    await appendAuditRaw(client, { actor: SYSTEM_ACTOR, now }, { action: "target.withhold", subject: `target:${id}`, data });
    await tellPeople(client, { targetId: id, targetName: target.name, generation, reason, at: now });
  });
}
