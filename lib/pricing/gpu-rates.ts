import type { Db } from "@/lib/db";
import { readGpuRates, type GpuRateRow } from "./store";

const SOURCE = "Headroom default, typical public on-demand price of 2026; replace it with your contract";

/** Dollars per GPU-hour, on demand. A starting point that says so: an admin replaces it under Pricing. */
export const DEFAULT_GPU_RATES = (
  [
    ["B200", "6.00"],
    ["H200", "4.25"],
    ["H100", "3.50"],
    ["A100-80GB", "1.90"],
    ["A100-40GB", "1.40"],
    ["MI300X", "3.40"],
    ["L40S", "1.20"],
    ["A10G", "1.00"],
    ["L4", "0.75"],
    ["T4", "0.45"],
    ["RTX-4090", "0.60"],
  ] as const
).map(([gpuType, usdPerHour]) => ({ gpuType, commitment: "on-demand", usdPerHour, source: SOURCE }));

const TYPES: [RegExp, string][] = [
  [/b200/, "B200"],
  [/h200/, "H200"],
  [/h100/, "H100"],
  [/a100.*40/, "A100-40GB"],
  [/a100/, "A100-80GB"],
  [/mi300x/, "MI300X"],
  [/l40s/, "L40S"],
  [/a10g?\b/, "A10G"],
  [/\bl4\b/, "L4"],
  [/\bt4\b/, "T4"],
  [/4090/, "RTX-4090"],
];

/** "NVIDIA H100 80GB HBM3" → "H100". An unknown name stays as it is, so that a rate can be added for it. */
export function canonicalGpuType(name: string): string {
  const lower = name.toLowerCase().replaceAll("_", "-");
  return TYPES.find(([pattern]) => pattern.test(lower))?.[1] ?? name;
}

export type GpuRate = Pick<GpuRateRow, "gpuType" | "commitment" | "usdPerHour" | "effectiveFrom" | "effectiveTo" | "source">;
export type GpuRates = readonly GpuRate[];

export async function loadGpuRates(db: Pick<Db, "pool">): Promise<GpuRates> {
  return readGpuRates(db);
}

/** The rate in effect at `at` (epoch ms): the commitment's own, else on demand; later periods win. */
export function findGpuRate(rates: GpuRates, gpuType: string, commitment: string, at: number): GpuRate | undefined {
  const wanted = canonicalGpuType(gpuType);
  const effective = rates.filter(
    (rate) =>
      canonicalGpuType(rate.gpuType) === wanted &&
      (!rate.effectiveFrom || rate.effectiveFrom.getTime() <= at) &&
      (!rate.effectiveTo || at < rate.effectiveTo.getTime()),
  );
  const latest = effective.toSorted(
    (a, b) => (b.effectiveFrom?.getTime() ?? -Infinity) - (a.effectiveFrom?.getTime() ?? -Infinity),
  );
  return latest.find((rate) => rate.commitment === commitment) ?? latest.find((rate) => rate.commitment === "on-demand");
}
