/** Cost lines of stored events, added up: what was charged in a period, per meter and unit price. */
import type { ClientBase, Pool } from "pg";
import type { CostLine } from "./event";

/** What one row of charges is about; equal keys are added up. */
export interface ChargeKey {
  tenant: string;
  endpoint: string;
  route: string;
  provider: string;
  model: string;
  pool: string;
  region: string;
  meter: CostLine["meter"];
  /** Dollars per 1M units; per request for the meter `request`. */
  unitPrice: string;
  /** [[reason, factor]] as JSON text. */
  factors: string;
  priceRuleId: number | null;
}

export interface ChargeLine extends ChargeKey {
  quantity: bigint;
  costNanoUsd: bigint;
  /** Requests, shadow excluded, each counted at the first line of its final attempt: they add up over meters. */
  requests: bigint;
  successes: bigint;
}

export async function readChargeLines(client: ClientBase | Pool, { from, to }: { from: Date; to: Date }): Promise<ChargeLine[]> {
  const { rows } = await client.query<ChargeLine>(
    `select tenant, endpoint, coalesce(route, '') as route, provider, model_served as model, coalesce(pool, '') as pool,
       coalesce(region, '') as region, line->>'m' as meter, line->>'u' as "unitPrice", coalesce(line->'f', '[]')::text as factors,
       price_rule_id as "priceRuleId", sum((line->>'q')::bigint)::bigint as quantity, sum((line->>'n')::bigint)::bigint as "costNanoUsd",
       count(*) filter (where n = 1 and final and not shadow)::bigint as requests,
       count(*) filter (where n = 1 and final and not shadow and status = 'success')::bigint as successes
     from telemetry.event, jsonb_array_elements(cost_lines) with ordinality as lines (line, n)
     where occurred_at >= $1 and occurred_at < $2 and cost_lines is not null
     group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11`,
    [from, to],
  );
  return rows;
}
