/** Who pays for the GPUs of a period, how that was found, and what the same tokens would cost elsewhere. */
import { requireScope, type Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import type { MetricRow } from "@/lib/metrics/schemas";
import { Decimal, toNanoUsd } from "@/lib/money";
import { readActiveRules } from "@/lib/pricing/store";
import { findBreakEven } from "./break-even";
import { isTrusted } from "./fit-work";
import {
  allocationPeriodSchema,
  type AllocationPeriod,
  type Allocations,
  type PoolAllocation,
  type PoolFit,
  type TenantAllocation,
} from "./schemas";
import { readAllocationState, readCostLines, readFits, readPoolFacts, type PoolFacts, type StoredFit } from "./store";

const METRICS = [
  "gpu_bill_usd",
  "gpu_allocated_usd",
  "gpu_allocated_busy_usd",
  "gpu_allocated_idle_usd",
  "gpu_allocated_other_usd",
  "gpu_unallocated_idle_usd",
  "gpu_residual_usd",
  "gpu_allocated_hours",
  "gpu_requests",
  "gpu_tokens_uncached",
  "gpu_tokens_cached",
  "gpu_tokens_output",
  "gpu_allocated_kwh",
];
const MAX_ROWS = 10_000;
const HOUR_MS = 3_600_000;

/** An actor who is limited to tenants sees their own lines; money of whole pools is the work of others too. */
export async function listAllocations(ctx: Ctx, input: AllocationPeriod): Promise<Allocations> {
  requireScope(ctx.actor, "read");
  const period = allocationPeriodSchema.parse(input);
  const [from, to] = [new Date(period.from), new Date(period.to)];
  const { tenants } = ctx.actor;
  const limited = tenants !== "all";
  const [{ rows }, facts, fits, state, lines, rules] = await Promise.all([
    runQuery(ctx, { metrics: METRICS, groupBy: ["pool", "tenant"], from: period.from, to: period.to, limit: MAX_ROWS }),
    readPoolFacts(ctx.db.pool, from, to, tenants),
    readFits(ctx.db.pool, period.from.slice(0, 10), new Date(to.getTime() - 1).toISOString().slice(0, 10)),
    readAllocationState(ctx.db.pool, from, to),
    limited ? null : readCostLines(ctx.db.pool, from, to),
    limited ? [] : readActiveRules(ctx.db),
  ]);
  return {
    limited,
    completeTo: state.completeTo?.toISOString() ?? null,
    restatedHours: state.restated,
    pendingHours: state.pending,
    pools: facts.map((fact) => {
      const own = rows.filter((row) => row["pool"] === fact.pool);
      const fit = fits.findLast((each) => each.pool === fact.pool);
      const view = poolView(fact, own, fit, limited);
      if (limited || !fact.model) return view;
      const served = sumTokens(own);
      return { ...view, breakEven: findBreakEven(rules, fact.model, served, toNanoUsd(view.bill!.totalUsd), to.getTime() - 1) };
    }),
    lines:
      lines?.map((line) => ({
        kind: line.kind,
        subject: line.subject,
        gpuHours: new Decimal(line.gpuMs.toString()).div(HOUR_MS).toDecimalPlaces(6).toFixed(),
        usd: new Decimal(line.nanoUsd.toString()).div(1e9).toFixed(),
      })) ?? null,
  };
}

function poolView(fact: PoolFacts, rows: readonly MetricRow[], fit: StoredFit | undefined, limited: boolean): PoolAllocation {
  // Rows of no tenant hold what nobody is charged for.
  const charged = rows.filter((row) => row["tenant"] !== "" || toNanoUsd(valueOf(row, "gpu_allocated_usd")) !== 0n);
  const sum = (metric: string) => rows.reduce((total, row) => total.add(valueOf(row, metric)), new Decimal(0));
  const hours = sum("gpu_allocated_hours");
  const tokens = sumTokens(rows);
  return {
    pool: fact.pool,
    model: fact.model,
    hours: fact.hours,
    methods: fact.methods,
    fit: fit ? fitView(fit) : null,
    idleMode: fact.idleMode,
    tenants: charged
      .map((row): TenantAllocation => ({
        tenant: String(row["tenant"]),
        requests: valueOf(row, "gpu_requests"),
        uncachedTokens: valueOf(row, "gpu_tokens_uncached"),
        cachedTokens: valueOf(row, "gpu_tokens_cached"),
        decodeTokens: valueOf(row, "gpu_tokens_output"),
        // Of others' work nothing is known to a limited reader, so neither is the share.
        share:
          limited || hours.isZero()
            ? null
            : new Decimal(valueOf(row, "gpu_allocated_hours")).div(hours).toDecimalPlaces(9).toFixed(),
        busyUsd: valueOf(row, "gpu_allocated_busy_usd"),
        idleUsd: valueOf(row, "gpu_allocated_idle_usd"),
        otherUsd: valueOf(row, "gpu_allocated_other_usd"),
        allocatedUsd: valueOf(row, "gpu_allocated_usd"),
        energyKwh: valueOf(row, "gpu_allocated_kwh"),
      }))
      .sort((a, b) => new Decimal(b.allocatedUsd).cmp(a.allocatedUsd) || (a.tenant < b.tenant ? -1 : 1)),
    bill: limited
      ? null
      : {
          busyUsd: sum("gpu_bill_usd")
            .sub(sum("gpu_allocated_idle_usd"))
            .sub(sum("gpu_unallocated_idle_usd"))
            .sub(linesUsd(fact))
            .toFixed(),
          idleUsd: sum("gpu_allocated_idle_usd").add(sum("gpu_unallocated_idle_usd")).toFixed(),
          lines: fact.lines.map(({ name, nanoUsd }) => ({ name, usd: new Decimal(nanoUsd.toString()).div(1e9).toFixed() })),
          totalUsd: sum("gpu_bill_usd").toFixed(),
          residualUsd: sum("gpu_residual_usd").toFixed(),
          idleUnallocatedUsd: sum("gpu_unallocated_idle_usd").toFixed(),
          tokens: (tokens.uncachedTokens + tokens.cachedTokens + tokens.decodeTokens).toString(),
        },
    breakEven: null,
  };
}

const linesUsd = (fact: PoolFacts): Decimal =>
  fact.lines.reduce((total, { nanoUsd }) => total.add(new Decimal(nanoUsd.toString()).div(1e9)), new Decimal(0));

function sumTokens(rows: readonly MetricRow[]) {
  const sum = (metric: string) => rows.reduce((total, row) => total + BigInt(valueOf(row, metric)), 0n);
  return {
    requests: sum("gpu_requests"),
    uncachedTokens: sum("gpu_tokens_uncached"),
    cachedTokens: sum("gpu_tokens_cached"),
    decodeTokens: sum("gpu_tokens_output"),
  };
}

function valueOf(row: MetricRow, metric: string): string {
  const cell = row[metric];
  return typeof cell === "object" && cell !== null ? (cell.value ?? "0") : "0";
}

const fitView = (fit: StoredFit): PoolFit => ({
  day: fit.day,
  ...fit.weights,
  r2: fit.r2,
  rmse: fit.rmse,
  relativeError: fit.relativeError,
  observations: fit.observations,
  trusted: isTrusted(fit),
});
