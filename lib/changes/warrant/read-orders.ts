/** What allows the newest orders of targets, in one statement for all of them. Raw SQL: fleet servers do without Prisma. */
import type pg from "pg";
import type { Payload } from "@/lib/protocol/payload";
import { whyUnsigned, type Approval, type OrderFacts } from "./why-unsigned";

export interface OrderToSign {
  targetId: string;
  generation: number;
  hash: string;
  leaseTtlSec: number | null;
  forced: boolean;
}

interface Row {
  targetId: string;
  logged: OrderFacts["logged"];
  isEarlier: boolean;
  inAuditChain: boolean;
  rollout:
    | (Approval & {
        id: string;
        strategy: string;
        sharesPercent: number[];
        stored: { stableHash: string | null; finalHash: string | null; stable: string | null; final: string | null } | null;
        payload: string | null;
      })
    | null;
  policies: OrderFacts["policies"];
}

const APPROVAL = `'quorum', c.quorum, 'brokeGlass', c.break_glass is not null,
  'approvals', (select count(distinct a.user_id) from change_approval a
    where a.change_id = c.id and a.content_hash = c.content_hash and a.user_id <> all(c.contributors))`;

/** Target → why its order is not signed. Absent: it may be. */
export async function unsignedOrders(
  client: Pick<pg.PoolClient, "query">,
  orders: readonly OrderToSign[],
): Promise<Map<string, string>> {
  if (orders.length === 0) return new Map();
  const { rows } = await client.query<Row>(
    `select o.id::text as "targetId",
       case when d.target_id is not null then
         jsonb_build_object('hash', d.hash, 'leaseTtlSec', d.lease_ttl_sec, 'forced', d.forced) end as logged,
       d.audit_seq is null as "isEarlier",
       exists (select 1 from audit_event e, jsonb_array_elements((e.data->'targets')::jsonb) as said
         where e.seq = d.audit_seq and e.action = 'target.publish' and said->>'target' = o.id::text
           and (said->>'generation')::int = o.generation and said->>'hash' = d.hash) as "inAuditChain",
       case when d.rollout_id is not null then (
         select jsonb_build_object('id', r.id, 'strategy', r.plan->>'strategy', 'sharesPercent', r.plan->'sharesPercent', ${APPROVAL},
           'stored', case when t.target_id is not null then jsonb_build_object('stableHash', t.stable_hash, 'finalHash', t.final_hash,
             'stable', case when own.trial then s.payload end, 'final', case when own.trial then f.payload end) end,
           'payload', case when own.trial then p.payload end)
         from rollout r join change c on c.id = r.change_id
         left join rollout_target t on t.rollout_id = r.id and t.target_id = o.id
         cross join lateral (select d.hash is distinct from t.stable_hash and d.hash is distinct from t.final_hash as trial) own
         left join target_payload s on own.trial and s.hash = t.stable_hash
         left join target_payload f on own.trial and f.hash = t.final_hash
         left join target_payload p on own.trial and p.hash = d.hash
         where r.id = d.rollout_id) end as rollout,
       (select jsonb_agg(jsonb_build_object('name', concat_ws(' ', cited.kind, 'of', cited.level, nullif(cited.value, ''), 'version', cited.version),
           'origin', v.origin, 'change', case when c.id is not null then jsonb_build_object(${APPROVAL}) end))
         from jsonb_to_recordset(d.policies) as cited(kind text, level text, value text, version int)
         left join policy_version v on v.kind = cited.kind and v.scope_level = cited.level and v.scope_value = cited.value
           and v.version = cited.version
         left join change c on c.id = v.change_id) as policies
     from unnest($1::uuid[], $2::int[]) as o(id, generation)
     left join target_desired d on d.target_id = o.id and d.generation = o.generation`,
    [orders.map(({ targetId }) => targetId), orders.map(({ generation }) => generation)],
  );
  const orderOf = new Map(orders.map((order) => [order.targetId, order]));
  const unsigned = new Map<string, string>();
  for (const { targetId, rollout, ...row } of rows) {
    const { generation, hash, leaseTtlSec, forced } = orderOf.get(targetId)!;
    const about = { generation, hash, leaseTtlSec, forced, ...row };
    const why = whyUnsigned({ ...about, rollout: rollout && { ...rollout, ...withPayloads(rollout) } });
    if (why) unsigned.set(targetId, why);
  }
  return unsigned;
}

function withPayloads({ stored, payload }: NonNullable<Row["rollout"]>) {
  const parse = (text: string | null) => (text === null ? null : (JSON.parse(text) as Payload));
  return {
    payload: parse(payload),
    stored: stored && { ...stored, stable: parse(stored.stable), final: parse(stored.final) },
  };
}
