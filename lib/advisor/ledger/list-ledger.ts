import { requireRole, type Ctx } from "@/lib/auth/actor";
import { visibleIds } from "@/lib/changes/store";
import type { ChangeStatus } from "@/lib/changes/request/machine";
import { nanoToUsd } from "@/lib/money";
import { standingOf } from "./decay";
import { ledgerFilterSchema, type LedgerFilter, type LedgerRow, type LedgerView, type MeasurementView } from "./schemas";
import { readLedger, type StoredEntry, type StoredMeasurement } from "./store";
import { usdOrNull } from "./usd-or-null";

/** Changes that the actor may see, newest first, with what they were expected to save and what they saved. */
export async function listLedger(ctx: Ctx, input: LedgerFilter = {}): Promise<LedgerView> {
  requireRole(ctx, "viewer");
  const { change, standing } = ledgerFilterSchema.parse(input);
  const entries = await readLedger(ctx.db, await visibleIds(ctx), change ?? null);
  const kept = entries
    .map((entry) => ({ entry, row: rowOf(entry) }))
    .filter(({ row }) => standing === undefined || row.standing === standing);
  const total = (of: (entry: StoredEntry) => bigint) => nanoToUsd(kept.reduce((sum, { entry }) => sum + of(entry), 0n));
  return {
    rows: kept.map(({ row }) => row),
    totals: {
      bookedUsd: total(({ measurements }) => sumOf(measurements, "bookedNanoUsd")),
      savingUsd: total(({ measurements }) => sumOf(measurements, "savingNanoUsd")),
      estimatedLowUsd: total(({ estimateLowNanoUsd }) => estimateLowNanoUsd ?? 0n),
      estimatedHighUsd: total(({ estimateHighNanoUsd }) => estimateHighNanoUsd ?? 0n),
    },
  };
}

type Summed = "bookedNanoUsd" | "savingNanoUsd" | "lowNanoUsd" | "highNanoUsd";
const sumOf = (measurements: readonly StoredMeasurement[], column: Summed): bigint =>
  measurements.reduce((sum, one) => sum + (one[column] ?? 0n), 0n);

function rowOf(entry: StoredEntry): LedgerRow {
  const { measurements } = entry;
  const views = measurements.map(viewOf);
  const known = measurements.some(({ savingNanoUsd }) => savingNanoUsd !== null);
  // Sums of bounds: the whole is at least as sure as its parts.
  const sum = (column: Summed) => (known ? nanoToUsd(sumOf(measurements, column)) : null);
  return {
    changeId: entry.changeId,
    number: entry.number,
    title: entry.title,
    status: entry.status as ChangeStatus,
    findingId: entry.findingId,
    startedAt: entry.startedAt?.toISOString() ?? null,
    estimate: {
      lowUsd: usdOrNull(entry.estimateLowNanoUsd),
      highUsd: usdOrNull(entry.estimateHighNanoUsd),
      basis: entry.estimateBasis,
      pricesAt: entry.pricesAt.toISOString(),
    },
    standing: standingOf(measurements),
    savingUsd: sum("savingNanoUsd"),
    lowUsd: sum("lowNanoUsd"),
    highUsd: sum("highNanoUsd"),
    bookedUsd: nanoToUsd(sumOf(measurements, "bookedNanoUsd")),
    newest: views.findLast(({ savingUsd }) => savingUsd !== null) ?? null,
    measurements: views,
  };
}

const viewOf = (one: StoredMeasurement): MeasurementView => ({
  from: one.from.toISOString(),
  to: one.to.toISOString(),
  method: one.method,
  final: one.final,
  savingUsd: usdOrNull(one.savingNanoUsd),
  lowUsd: usdOrNull(one.lowNanoUsd),
  highUsd: usdOrNull(one.highNanoUsd),
  bookedUsd: nanoToUsd(one.bookedNanoUsd),
  share: one.share,
  lowShare: one.lowShare,
  highShare: one.highShare,
  treatedSuccesses: one.treatedSuccesses,
  controlSuccesses: one.controlSuccesses,
  owned: one.owned,
  note: one.note,
});
