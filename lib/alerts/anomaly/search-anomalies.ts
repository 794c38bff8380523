/**
 * The hourly search. Bounded: two queries of at most MOST_SERIES series over LEARN_DAYS (further ones are one, "(other)"), and
 * one explanation for each anomaly of cost.
 *
 *   claim (lease, epoch) → read hours → findAnomalies (pure) → explain → one transaction: still ours? → anomalies, notifications
 *
 * An anomaly is known by metric, direction and first hour: found again, longer by now, it is the same one.
 */
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import type { Prisma } from "@/lib/db";
import { formatUsd, nanoToUsd } from "@/lib/money";
import { runQuery } from "@/lib/metrics";
import type { MetricCell, MetricRow } from "@/lib/metrics/schemas";
import { DRIVERS } from "@/lib/metrics/waterfall/drivers";
import { runWaterfall } from "@/lib/metrics/waterfall/run-waterfall";
import { enqueueNotification } from "@/lib/notifications";
import { DAY_MS, floorToUtcHour, HOUR_MS, hourOfZoneWeek } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { inTransaction } from "../budgets/store";
import { findAnomalies, type FoundAnomaly, type HourSeries, type SeriesHour } from "./find-anomalies";
import type { Mask } from "./judge-hour";
import { commonOf, WORDS } from "./describe";
import type { AnomalyCauses, Watched } from "./schemas";

export const ANOMALY_SEEKER: Actor = { ...SYSTEM_ACTOR, id: "anomalies", name: "Anomalies" };

const MOST_SERIES = 200;
const LEARN_DAYS = 35;
/** Judged again each time: an anomaly grows, and late events arrive. */
const AGAIN_MS = 12 * HOUR_MS;
/** Of the first search nobody wants to be told at night what was a week ago. */
const TOLD_MS = DAY_MS;
const AFTER_ROLLOUT_MS = 2 * HOUR_MS;

export interface ScanClaim {
  epoch: bigint;
  scannedTo: Date | null;
}

/** Null: searched already in this hour, or somebody is at it. */
export async function claimScan({ db, now }: Pick<Ctx, "db" | "now">, leaseMs: number): Promise<ScanClaim | null> {
  const { rows } = await db.pool.query<{ epoch: string; scanned_to: Date | null }>(
    `update anomaly_scan set epoch = epoch + 1, lease_until = $2
     where id = 1 and coalesce(lease_until, '-infinity') <= $1 and coalesce(scanned_to, '-infinity') < date_trunc('hour', $1::timestamptz)
     returning epoch::text, scanned_to`,
    [now, new Date(now.getTime() + leaseMs)],
  );
  return rows[0] ? { epoch: BigInt(rows[0].epoch), scannedTo: rows[0].scanned_to } : null;
}

/** How many are known of the searched hours; null: the claim was lost meanwhile. */
export async function searchAnomalies(ctx: Ctx, claim: ScanClaim): Promise<number | null> {
  const end = floorToUtcHour(ctx.now.getTime());
  const begin = end - LEARN_DAYS * DAY_MS;
  const { timeZone } = await loadWorkspace(ctx.db);
  const series = await readSeries(ctx, begin, end);
  const hours = new Map<number, number>();
  const hourOf = (at: number): number => {
    const known = hours.get(at) ?? hourOfZoneWeek(at, timeZone);
    hours.set(at, known);
    return known;
  };
  const known = [...new Set(series.flatMap((one) => one.hours.map(({ at }) => at)))].sort((a, b) => a - b);
  const judgeFrom = claim.scannedTo ? claim.scannedTo.getTime() - AGAIN_MS : begin;
  const found = findAnomalies(series, { known, judgeFrom, hourOf });
  const causes = new Map<FoundAnomaly, AnomalyCauses>();
  for (const anomaly of found) if (anomaly.metric === "cost_usd") causes.set(anomaly, await explain(ctx, anomaly));
  return inTransaction(ctx, async (tx) => {
    const { count } = await tx.anomalyScan.updateMany({
      where: { id: 1, epoch: claim.epoch },
      data: { leaseUntil: null, scannedTo: new Date(end) },
    });
    if (count === 0) return null;
    for (const anomaly of found) await save(tx, ctx, anomaly, causes.get(anomaly) ?? null);
    return found.length;
  });
}

async function readSeries(ctx: Ctx, begin: number, end: number): Promise<HourSeries[]> {
  const range = { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
  const hourly = { ...range, grain: "hour", limit: MOST_SERIES } as const;
  const [usage, quality, models, masks] = await Promise.all([
    runQuery(ctx, {
      metrics: ["cost_usd", "requests", "errors", "attempts", "retries"],
      groupBy: ["tenant", "endpoint", "modelServed"],
      ...hourly,
      orderBy: { metric: "cost_usd" },
    }),
    // An outcome is of an action and its endpoint: several calls, of several models.
    runQuery(ctx, {
      metrics: ["quality_rate", "cost_usd"],
      groupBy: ["tenant", "endpoint"],
      ...hourly,
      orderBy: { metric: "cost_usd" },
    }),
    runQuery(ctx, { metrics: ["cost_usd"], groupBy: ["modelServed", "provider"], ...range, limit: 1_000 }),
    readMasks(ctx, begin),
  ]);
  const provider = new Map(models.rows.map((row) => [String(row["modelServed"]), String(row["provider"])]));
  return [
    ...seriesOf(usage.rows, ["cost_usd", "error_rate", "retry_rate"], provider, masks),
    ...seriesOf(quality.rows, ["quality_rate"], provider, masks),
  ];
}

function seriesOf(
  rows: readonly MetricRow[],
  watched: readonly Watched[],
  provider: ReadonlyMap<string, string>,
  masks: ReadonlyMap<string, Mask[]>,
): HourSeries[] {
  const series = new Map<string, Omit<HourSeries, "hours"> & { hours: SeriesHour[] }>();
  for (const row of rows) {
    const [tenant, endpoint, model] = [textOf(row, "tenant"), textOf(row, "endpoint"), textOf(row, "modelServed")];
    const key = JSON.stringify([tenant, endpoint, model]);
    let one = series.get(key);
    if (!one) {
      const own = [...(masks.get("*") ?? []), ...(masks.get(tenant) ?? [])];
      series.set(key, (one = { watched, tenant, endpoint, model, provider: provider.get(model) ?? "", masks: own, hours: [] }));
    }
    const hour = hourOfRow(row);
    if (hour) one.hours.push(hour);
  }
  return [...series.values()];
}

/** A dimension that was not asked for is as one that is not set. */
const textOf = (row: MetricRow, dimension: string): string => String(row[dimension] ?? "");

const READ = ["cost_usd", "requests", "errors", "attempts", "retries", "quality_rate"] as const;

function hourOfRow(row: MetricRow): SeriesHour | null {
  const cell = (metric: (typeof READ)[number]) => row[metric] as MetricCell | undefined;
  if (READ.every((metric) => (cell(metric)?.value ?? null) === null)) return null;
  const read = (metric: (typeof READ)[number]) => Number(cell(metric)?.value ?? 0);
  const quality = cell("quality_rate");
  return {
    at: Date.parse(row.bucket!),
    costUsd: read("cost_usd"),
    requests: read("requests"),
    errors: read("errors"),
    attempts: read("attempts"),
    retries: read("retries"),
    outcomes: Number(quality?.denominator ?? 0),
    good: Number(quality?.numerator ?? 0),
  };
}

/** Rollouts move numbers on purpose; and what people called real is not to be learned as usual. By tenant, `*`: everywhere. */
async function readMasks({ db, now }: Ctx, begin: number): Promise<Map<string, Mask[]>> {
  const since = new Date(begin);
  const [rollouts, real] = await Promise.all([
    db.prisma.rollout.findMany({
      where: { OR: [{ endedAt: null }, { endedAt: { gt: since } }] },
      select: { startedAt: true, endedAt: true, change: { select: { tenants: true } } },
    }),
    db.prisma.anomaly.findMany({
      where: { feedback: "real", toAt: { gt: since } },
      select: { fromAt: true, toAt: true, parts: true },
    }),
  ]);
  const masks = new Map<string, Mask[]>();
  const add = (tenants: readonly string[], mask: Mask) => {
    for (const tenant of new Set(tenants)) masks.set(tenant, [...(masks.get(tenant) ?? []), mask]);
  };
  for (const { startedAt, endedAt, change } of rollouts) {
    add(change.tenants, { from: startedAt.getTime(), to: (endedAt ?? now).getTime() + AFTER_ROLLOUT_MS });
  }
  for (const { fromAt, toAt, parts } of real) {
    add(
      (parts as unknown as FoundAnomaly["parts"]).map(({ tenant }) => tenant),
      { from: fromAt.getTime(), to: toAt.getTime() },
    );
  }
  return masks;
}

/** Against the same hours a week before: volume, mix, price, tokens, cache, retries, and the models that moved most. */
async function explain(ctx: Ctx, anomaly: FoundAnomaly): Promise<AnomalyCauses> {
  const week = 7 * DAY_MS;
  const iso = (at: number) => new Date(at).toISOString();
  const values = (key: "tenant" | "endpoint") => [...new Set(anomaly.parts.map((part) => part[key]))];
  const result = await runWaterfall(ctx, {
    from: iso(anomaly.from),
    to: iso(anomaly.to),
    compare: { from: iso(anomaly.from - week), to: iso(anomaly.to - week) },
    filters: [
      { dimension: "tenant", in: values("tenant") },
      { dimension: "endpoint", in: values("endpoint") },
    ],
  });
  return {
    drivers: DRIVERS.map((driver) => ({ driver, usd: result.drivers[driver] }))
      .filter(({ usd }) => Math.abs(Number(usd)) >= 0.01)
      .sort((a, b) => Math.abs(Number(b.usd)) - Math.abs(Number(a.usd))),
    models: result.models
      .slice(0, 5)
      .map(({ provider, model, beforeUsd, afterUsd }) => ({ provider, model, beforeUsd, afterUsd })),
  };
}

async function save(tx: Prisma.TransactionClient, ctx: Ctx, anomaly: FoundAnomaly, causes: AnomalyCauses | null): Promise<void> {
  const { metric, direction } = anomaly;
  const fromAt = new Date(anomaly.from);
  const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;
  const data = {
    toAt: new Date(anomaly.to),
    impactNano: BigInt(Math.round(anomaly.impactUsd * 1e9)),
    score: anomaly.score,
    parts: json(anomaly.parts),
    causes: json(causes ?? {}),
  };
  const row = await tx.anomaly.upsert({
    where: { metric_direction_fromAt: { metric, direction, fromAt } },
    create: { metric, direction, fromAt, ...data, foundAt: ctx.now },
    update: data,
  });
  if (ctx.now.getTime() - anomaly.to > TOLD_MS) return;
  const where = Object.entries(commonOf(anomaly.parts)).map(([key, value]) => `${key} ${value}`);
  const places = `${anomaly.parts.length} ${anomaly.parts.length === 1 ? "place" : "places"}`;
  await enqueueNotification(tx, {
    dedupeKey: `anomaly:${metric}:${direction}:${fromAt.toISOString()}`,
    source: "anomaly",
    kind: metric,
    severity: "warning",
    title: `${WORDS[metric][direction]}${where.length > 0 ? ` at ${where.join(", ")}` : ""}`,
    body: `Since ${fromAt.toISOString()}, in ${places}: ${formatUsd(nanoToUsd(row.impactNano))} beyond the usual.`,
    path: "/anomalies",
    labels: commonOf(anomaly.parts),
    tenants: [...new Set(anomaly.parts.map(({ tenant }) => tenant || "*"))],
    groupKey: `anomaly:${fromAt.toISOString()}`,
    facts: anomaly.parts.slice(0, 5).map((part) => ({
      label: [part.tenant, part.endpoint, part.model].filter(Boolean).join(" / ").slice(0, 100),
      value: formatUsd(part.impactUsd),
    })),
    at: ctx.now,
  });
}
