/** Money of GPUs: what one node sample costs, split into busy and idle. Exact integers: busy + idle = total. */
import { divideHalfEven, nanoPrice, lineNano } from "./fraction";
import { findGpuRate, type GpuRates } from "./gpu-rates";

export interface GpuSample {
  gpuType: string;
  /** on-demand, reserved, spot or owned. */
  commitment: string;
  /** Epoch milliseconds of the end of the interval. */
  at: number;
  gpuCount: number;
  intervalSec: number;
  /** 0..1, share of the interval in which the engine computed. Preferred. */
  engineActive: number | null;
  /** 0..1, "some kernel ran": used when the engine does not say. */
  gpuUtil: number | null;
}

export interface GpuSampleCost {
  busyGpuMs: bigint;
  idleGpuMs: bigint;
  busyNano: bigint;
  idleNano: bigint;
  /** False: no rate is known for this GPU type; the money is 0 because it is unknown, the time is right. */
  priced: boolean;
}

const MS_PER_HOUR = 3_600_000n;

/** A sample without any reading of activity counts as busy: nothing is called waste without evidence. */
export function gpuSampleCost(rates: GpuRates, sample: GpuSample): GpuSampleCost {
  const totalGpuMs = Math.max(0, Math.round(sample.gpuCount * sample.intervalSec * 1_000));
  const active = Math.min(1, Math.max(0, sample.engineActive ?? sample.gpuUtil ?? 1));
  const busy = Math.round(totalGpuMs * active);
  const busyGpuMs = BigInt(busy);
  const idleGpuMs = BigInt(totalGpuMs - busy);
  const rate = findGpuRate(rates, sample.gpuType, sample.commitment, sample.at);
  if (!rate) return { busyGpuMs, idleGpuMs, busyNano: 0n, idleNano: 0n, priced: false };
  const totalNano = lineNano(totalGpuMs, nanoPrice(rate.usdPerHour, MS_PER_HOUR));
  const busyNano = totalGpuMs === 0 ? 0n : divideHalfEven(totalNano * busyGpuMs, BigInt(totalGpuMs));
  return { busyGpuMs, idleGpuMs, busyNano, idleNano: totalNano - busyNano, priced: true };
}
