/** The only file that touches telemetry.charge. */
import type { ClientBase, Pool } from "pg";
import type { ChargeLine } from "@/lib/telemetry";

type Client = ClientBase | Pool;

export interface Charge extends ChargeLine {
  dayFrom: Date;
  dayTo: Date;
  correction: boolean;
}

const COLUMNS = `day_from as "dayFrom", day_to as "dayTo", tenant, endpoint, route, provider, model, pool, region, meter,
  unit_price as "unitPrice", factors, price_rule_id as "priceRuleId", correction, quantity, cost_nano as "costNanoUsd", requests, successes`;

export async function readCharges(client: Client, { from, to }: { from: Date; to: Date }): Promise<Charge[]> {
  const { rows } = await client.query<Charge>(
    `select ${COLUMNS} from telemetry.charge where day_from >= $1 and day_from < $2 order by day_from, id`,
    [from, to],
  );
  return rows;
}

/** What is recorded, per day and tenant. */
export async function sumCharges(
  client: Client,
  { from, to }: { from: Date; to: Date },
): Promise<{ dayFrom: Date; tenant: string; costNanoUsd: bigint }[]> {
  const { rows } = await client.query<{ dayFrom: Date; tenant: string; costNanoUsd: bigint }>(
    `select day_from as "dayFrom", tenant, sum(cost_nano)::bigint as "costNanoUsd" from telemetry.charge
     where day_from >= $1 and day_from < $2 group by 1, 2`,
    [from, to],
  );
  return rows;
}

export interface Day {
  from: Date;
  to: Date;
}

/** One writer of a day at a time. */
export async function lockDay(client: ClientBase, day: Day): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtext('charge.day'), hashtext($1))", [day.from.toISOString()]);
}

export async function forgetCharges(client: ClientBase, day: Day, keep: readonly string[]): Promise<void> {
  await client.query("delete from telemetry.charge where day_from = $1 and tenant <> all($2::text[])", [day.from, keep]);
}

export async function insertCharges(
  client: ClientBase,
  day: Day,
  lines: readonly ChargeLine[],
  { correction, now }: { correction: boolean; now: Date },
): Promise<void> {
  if (lines.length === 0) return;
  const text = (value: (line: ChargeLine) => string) => lines.map(value);
  await client.query(
    `insert into telemetry.charge (day_from, day_to, correction, recorded_at, tenant, endpoint, route, provider, model, pool, region,
       meter, unit_price, factors, price_rule_id, quantity, cost_nano, requests, successes)
     select $1, $2, $3, $4, * from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
       $12::text[], $13::text[], $14::text[], $15::int[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[])`,
    [
      day.from,
      day.to,
      correction,
      now,
      text(({ tenant }) => tenant),
      text(({ endpoint }) => endpoint),
      text(({ route }) => route),
      text(({ provider }) => provider),
      text(({ model }) => model),
      text(({ pool }) => pool),
      text(({ region }) => region),
      text(({ meter }) => meter),
      text(({ unitPrice }) => unitPrice),
      text(({ factors }) => factors),
      lines.map(({ priceRuleId }) => priceRuleId),
      text(({ quantity }) => quantity.toString()),
      text(({ costNanoUsd }) => costNanoUsd.toString()),
      text(({ requests }) => requests.toString()),
      text(({ successes }) => successes.toString()),
    ],
  );
}
