/**
 * What was observed of a rollout, minute by minute. A tick reads the newest minutes again and keeps the others; every ten
 * minutes, or when it is told apart otherwise (another node has the change), all of it is read again, because telemetry comes
 * late and counters are corrected. With each tick that is written down goes what changed since the one before, so that every
 * verdict can be computed again from the ticks alone. Pure.
 */
import type { ArmRow } from "./arm-row";

const READ_AGAIN_MS = 10 * 60_000;

export interface ArmsMemory {
  /** How the arms were told apart. */
  key: string;
  readAllAtMs: number;
  rows: ReadonlyMap<string, ArmRow>;
}

/** What one tick wrote down: everything (`all`), or what changed since the tick before it. */
export interface ToldArms {
  all: boolean;
  rows: ArmRow[];
  gone: string[];
}

const rowKey = ({ arm, minuteMs, tenant, route }: ArmRow): string => JSON.stringify([minuteMs, tenant, route, arm]);
const byKey = (rows: Iterable<ArmRow>) => new Map([...rows].map((row) => [rowKey(row), row]));

/** One order for all: sums of fractions depend on it. */
export const inOrder = (rows: ReadonlyMap<string, ArmRow>): ArmRow[] =>
  [...rows.values()].toSorted((a, b) => {
    const before = (x: string | number, y: string | number) => (x < y ? -1 : x > y ? 1 : 0);
    return before(a.minuteMs, b.minuteMs) || before(a.tenant, b.tenant) || before(a.route, b.route) || before(a.arm, b.arm);
  });

/** From when on telemetry is to be read now, ms: the whole minutes before it are remembered. */
export function readFromMs(memory: ArmsMemory | null, key: string, startedAtMs: number, nowMs: number): number {
  const known = memory?.key === key && nowMs >= memory.readAllAtMs && nowMs - memory.readAllAtMs < READ_AGAIN_MS;
  return known ? Math.max(startedAtMs, Math.floor((nowMs - READ_AGAIN_MS) / 60_000) * 60_000) : startedAtMs;
}

/** `fresh`: everything from `fromMs` on. */
export function remember(
  memory: ArmsMemory | null,
  key: string,
  fresh: readonly ArmRow[],
  { fromMs, startedAtMs, nowMs }: { fromMs: number; startedAtMs: number; nowMs: number },
): ArmsMemory {
  if (fromMs === startedAtMs || !memory) return { key, readAllAtMs: nowMs, rows: byKey(fresh) };
  const kept = [...memory.rows.values()].filter((row) => row.minuteMs < fromMs);
  return { ...memory, rows: byKey([...kept, ...fresh]) };
}

/** `told` null: nothing was written down before, or not by this controller. */
export function toTell(told: ReadonlyMap<string, ArmRow> | null, rows: ReadonlyMap<string, ArmRow>): ToldArms {
  if (!told) return { all: true, rows: inOrder(rows), gone: [] };
  const changed = [...rows].filter(([key, row]) => JSON.stringify(told.get(key)) !== JSON.stringify(row));
  return { all: false, rows: inOrder(new Map(changed)), gone: [...told.keys()].filter((key) => !rows.has(key)).toSorted() };
}

/** What was known at a tick, from what was known at the one before. */
export function hear(before: ReadonlyMap<string, ArmRow>, { all, rows, gone }: ToldArms): Map<string, ArmRow> {
  const known = all ? new Map<string, ArmRow>() : new Map(before);
  for (const key of gone) known.delete(key);
  for (const row of rows) known.set(rowKey(row), row);
  return known;
}
