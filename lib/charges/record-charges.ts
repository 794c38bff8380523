import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { runQuery } from "@/lib/metrics";
import { toNanoUsd } from "@/lib/money";
import { lockedTenants } from "@/lib/statements";
import { readChargeLines } from "@/lib/telemetry";
import { DAY_MS, nextZoneDay, startOfZoneDay, zoneDaysBetween } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { decideRows } from "./decide-rows";
import { forgetCharges, insertCharges, lockDay, readCharges, sumCharges, type Day } from "./store";

const MAX_GROUPS = 10_000;

export interface Recorded {
  /** Days that were written anew. */
  written: number;
  /** Days whose raw rows are gone and whose charges were never recorded, as yyyy-mm-dd in UTC. */
  missing: string[];
}

/**
 * Bring the recorded charges of every day that begins in the period to what its events say. Days that agree with the rollups
 * are left alone, so asking again costs two small queries; late data and repricing are found by their cost.
 */
export async function recordCharges(
  ctx: Ctx,
  period: { from: Date; to: Date },
  onDay: (done: number, days: number) => Promise<void> = async () => undefined,
): Promise<Recorded> {
  const { timeZone, rawRetentionDays } = await loadWorkspace(ctx.db);
  const end = Math.min(period.to.getTime(), ctx.now.getTime());
  const days = zoneDaysBetween(period.from.getTime(), end, timeZone).map((from): Day => ({
    from: new Date(from),
    to: new Date(nextZoneDay(from, timeZone)),
  }));
  const stale = await staleDays(ctx, days);
  const rawFrom = startOfZoneDay(ctx.now.getTime() - rawRetentionDays * DAY_MS, timeZone);
  const result: Recorded = { written: 0, missing: [] };
  for (const [index, day] of stale.entries()) {
    if (day.from.getTime() < rawFrom) result.missing.push(day.from.toISOString().slice(0, 10));
    else {
      await recordDay(ctx, day);
      result.written += 1;
    }
    await onDay(index + 1, stale.length);
  }
  return result;
}

/** Days on which what is recorded of some tenant is not what the rollups say it cost. */
async function staleDays(ctx: Ctx, days: readonly Day[]): Promise<Day[]> {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return [];
  const period = { from: first.from, to: last.to };
  const [{ rows }, recorded] = await Promise.all([
    runQuery(
      { ...ctx, actor: SYSTEM_ACTOR },
      {
        metrics: ["cost_usd"],
        groupBy: ["tenant"],
        grain: "day",
        from: period.from.toISOString(),
        to: period.to.toISOString(),
        limit: MAX_GROUPS,
      },
    ),
    sumCharges(ctx.db.pool, period),
  ]);
  const open = new Map<string, bigint>();
  const add = (day: number, tenant: string, nano: bigint) => {
    const key = JSON.stringify([day, tenant]);
    open.set(key, (open.get(key) ?? 0n) + nano);
  };
  for (const row of rows) {
    const cell = row["cost_usd"];
    const value = cell && typeof cell === "object" ? cell.value : null;
    add(Date.parse(row.bucket!), String(row["tenant"] ?? ""), toNanoUsd(value ?? "0"));
  }
  for (const { dayFrom, tenant, costNanoUsd } of recorded) add(dayFrom.getTime(), tenant, -costNanoUsd);
  const stale = new Set([...open].filter(([, nano]) => nano !== 0n).map(([key]) => (JSON.parse(key) as [number, string])[0]));
  return days.filter(({ from }) => stale.has(from.getTime()));
}

async function recordDay(ctx: Ctx, day: Day): Promise<void> {
  await withTransaction(ctx.db.pool, async (client) => {
    await lockDay(client, day);
    const [recorded, found, locked] = [
      await readCharges(client, day),
      await readChargeLines(client, day),
      await lockedTenants(client, day.from),
    ];
    const known = new Set(recorded.map(({ tenant }) => tenant));
    const { replace, corrections } = decideRows(recorded, found, (tenant) => locked.has(tenant));
    await forgetCharges(
      client,
      day,
      [...locked].filter((tenant) => known.has(tenant)),
    );
    await insertCharges(client, day, replace, { correction: false, now: ctx.now });
    await insertCharges(client, day, corrections, { correction: true, now: ctx.now });
  });
}
