/** The only file that touches fx_rate. */
import type { ClientBase, Pool } from "pg";
import type { FxRate } from "./read-rates-csv";

type Client = ClientBase | Pool;

export interface StoredFxRate extends FxRate {
  id: number;
  createdAt: Date;
  createdBy: string;
}

const COLUMNS = `id, currency, to_char(day, 'YYYY-MM-DD') as day, trim_scale(rate)::text as rate, source,
  created_at as "createdAt", created_by as "createdBy"`;

/** The rate in force on a day: the newest of that day or before. */
export async function findRate(client: Client, currency: string, day: string): Promise<StoredFxRate | undefined> {
  const { rows } = await client.query<StoredFxRate>(
    `select ${COLUMNS} from fx_rate where currency = $1 and day <= $2 and superseded_at is null order by day desc limit 1`,
    [currency, day],
  );
  return rows[0];
}

export async function readRates(client: Client, limit: number): Promise<StoredFxRate[]> {
  const { rows } = await client.query<StoredFxRate>(
    `select ${COLUMNS} from fx_rate where superseded_at is null order by day desc, currency limit $1`,
    [limit],
  );
  return rows;
}

/** Put rates in force; what was stated for the same currency and day is superseded, and kept. Says how many were new. */
export async function writeRates(client: ClientBase, rates: readonly FxRate[], by: { now: Date; name: string }): Promise<number> {
  const columns = [rates.map((r) => r.currency), rates.map((r) => r.day), rates.map((r) => r.rate), rates.map((r) => r.source)];
  // Of one currency and day stated twice, the last one holds.
  const given = `(select distinct on (currency, day) currency, day, rate, source
    from unnest($1::text[], $2::date[], $3::numeric[], $4::text[]) with ordinality as g (currency, day, rate, source, n)
    order by currency, day, n desc)`;
  await client.query("select pg_advisory_xact_lock(hashtext('currency.rates'))");
  await client.query(
    `update fx_rate f set superseded_at = $5 from ${given} g
     where f.currency = g.currency and f.day = g.day and f.superseded_at is null and f.rate <> g.rate`,
    [...columns, by.now],
  );
  const { rowCount } = await client.query(
    `insert into fx_rate (currency, day, rate, source, created_at, created_by)
     select g.currency, g.day, g.rate, g.source, $5, $6 from ${given} g
     where not exists (select 1 from fx_rate f where f.currency = g.currency and f.day = g.day and f.superseded_at is null)`,
    [...columns, by.now, by.name],
  );
  return rowCount ?? 0;
}
