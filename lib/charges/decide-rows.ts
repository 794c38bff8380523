/** What has to be written so that the recorded charges of a day say what its events say. Pure. */
import type { ChargeKey, ChargeLine } from "@/lib/telemetry";

const KEY = [
  "tenant",
  "endpoint",
  "route",
  "provider",
  "model",
  "pool",
  "region",
  "meter",
  "unitPrice",
  "factors",
  "priceRuleId",
] as const satisfies readonly (keyof ChargeKey)[];

const keyOf = (line: ChargeKey): string => JSON.stringify(KEY.map((name) => line[name]));
const AMOUNTS = ["quantity", "costNanoUsd", "requests", "successes"] as const;

export interface NewRows {
  /** Take the place of everything recorded for tenants that are not locked. */
  replace: ChargeLine[];
  /** Added to what stays recorded for tenants whose statement is locked. */
  corrections: ChargeLine[];
}

/** A locked tenant of whom nothing is recorded yet has nothing to correct: its rows are plain ones. */
export function decideRows(
  recorded: readonly ChargeLine[],
  found: readonly ChargeLine[],
  isLocked: (tenant: string) => boolean,
): NewRows {
  const known = new Set(recorded.map(({ tenant }) => tenant));
  const kept = (tenant: string) => isLocked(tenant) && known.has(tenant);
  const sums = new Map<string, ChargeLine>();
  for (const line of found) if (kept(line.tenant)) add(sums, line, 1n);
  for (const line of recorded) if (kept(line.tenant)) add(sums, line, -1n);
  return {
    replace: found.filter(({ tenant }) => !kept(tenant)),
    corrections: [...sums.values()].filter((line) => AMOUNTS.some((name) => line[name] !== 0n)),
  };
}

function add(sums: Map<string, ChargeLine>, line: ChargeLine, sign: bigint): void {
  const key = keyOf(line);
  const sum = sums.get(key) ?? { ...line, quantity: 0n, costNanoUsd: 0n, requests: 0n, successes: 0n };
  for (const name of AMOUNTS) sum[name] += sign * line[name];
  sums.set(key, sum);
}
