import type pg from "pg";
import type { Mask } from "../anomaly/judge-hour";
import type { AlertRule } from "../rules/schemas";
import { reachMs } from "./question";

/** Around a rollout numbers are expected to move. Only anomalies care; one that runs masks up to the last instant. */
export async function readMasks(
  pool: pg.Pool,
  rule: Pick<AlertRule, "condition" | "windowSec">,
  instants: readonly number[],
): Promise<Mask[]> {
  const [first, last] = [instants[0], instants.at(-1)];
  if (rule.condition.type !== "anomaly" || first === undefined || last === undefined) return [];
  const { rows } = await pool.query<{ from: Date; to: Date }>(
    `select started_at as from, coalesce(ended_at, $2) as to from rollout
     where started_at < $2 and coalesce(ended_at, $2) > $1 and started_at < coalesce(ended_at, $2)`,
    [new Date(first - reachMs(rule)), new Date(last)],
  );
  return rows.map(({ from, to }) => ({ from: from.getTime(), to: to.getTime() }));
}
