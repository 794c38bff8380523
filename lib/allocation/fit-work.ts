/**
 * What a token of each kind costs an engine: GPU-active seconds explained by the engine's own counters, by least squares
 * without negative weights. And the ladder of what to do where that cannot be trusted. Pure.
 *
 *   work-nnls ─ too few observations, R² too low ─► work-ratio ─ no tokens ─► request-time ─ no times ─► even
 *
 * Summed request times come so late on the ladder because requests run side by side: by them a true 50/50 of prefill and
 * decode looks like 97 % decode.
 */
import { fitNonNegative } from "@/lib/stats/non-negative-fit";
import { DEFAULT_WORK_WEIGHTS, type WorkWeights } from "@/lib/pricing/allocate";

export const METHODS = ["work-nnls", "work-ratio", "request-time", "even"] as const;
export type Method = (typeof METHODS)[number];

/** One pool over some minutes, everything per minute. */
export interface EngineMinute {
  activeSec: number;
  uncachedTokens: number;
  cachedTokens: number;
  decodeTokens: number;
  /** Tokens in the KV cache × seconds; 0 where the engine does not say how many fit. */
  kvTokenSec: number;
}

export interface WorkFit {
  /** GPU-seconds per 1M tokens (per 1M token-seconds for the KV cache). */
  weights: WorkWeights;
  r2: number | null;
  /** GPU-seconds a minute that the fit is typically off. */
  rmse: number;
  /** That, as a share of the mean; null when the pool never worked. */
  relativeError: number | null;
  observations: number;
}

/** Some eight hours of five-minute readings. */
const LEAST_OBSERVATIONS = 100;
const LEAST_R2 = 0.6;

export function fitWork(minutes: readonly EngineMinute[]): WorkFit | undefined {
  const fit = fitNonNegative(
    minutes.map((minute) => ({
      y: minute.activeSec,
      x: [minute.uncachedTokens, minute.cachedTokens, minute.decodeTokens, minute.kvTokenSec].map((n) => n / 1e6),
    })),
    4,
  );
  if (!fit) return undefined;
  const [uncached, cached, decode, kvTokenSecond] = fit.weights.map((weight) => Number(weight.toFixed(6))) as [
    number,
    number,
    number,
    number,
  ];
  return {
    weights: { uncached, cached, decode, kvTokenSecond },
    r2: fit.r2,
    rmse: fit.rmse,
    relativeError: fit.meanY === 0 ? null : fit.rmse / fit.meanY,
    observations: fit.observations,
  };
}

export const isTrusted = (fit: WorkFit | undefined): fit is WorkFit =>
  fit !== undefined &&
  fit.observations >= LEAST_OBSERVATIONS &&
  fit.r2 !== null &&
  fit.r2 >= LEAST_R2 &&
  Object.values(fit.weights).some((weight) => weight > 0);

/** What somebody asked of a pool in one hour, as the requests tell it. */
export interface AskedWork {
  requests: bigint;
  uncachedTokens: bigint;
  cachedTokens: bigint;
  decodeTokens: bigint;
  kvTokenSeconds: bigint;
  /** Milliseconds in the engine, summed over the requests. */
  requestMs: bigint;
}

export interface ChosenMethod {
  method: Method;
  /** Of tokens; for request-time of milliseconds, for even of nothing: everybody who asked counts as one. */
  weights: WorkWeights;
}

/** The first rung that can stand for this hour's work. */
export function chooseMethod(fit: WorkFit | undefined, work: readonly AskedWork[]): ChosenMethod {
  const weighs = (weights: WorkWeights) =>
    work.some(
      (each) =>
        (weights.uncached > 0 && each.uncachedTokens > 0n) ||
        (weights.cached > 0 && each.cachedTokens > 0n) ||
        (weights.decode > 0 && each.decodeTokens > 0n) ||
        (weights.kvTokenSecond > 0 && each.kvTokenSeconds > 0n),
    );
  if (isTrusted(fit) && weighs(fit.weights)) return { method: "work-nnls", weights: fit.weights };
  if (work.length === 0 || weighs(DEFAULT_WORK_WEIGHTS)) return { method: "work-ratio", weights: DEFAULT_WORK_WEIGHTS };
  const one = { uncached: 1, cached: 0, decode: 0, kvTokenSecond: 0 };
  return { method: work.some(({ requestMs }) => requestMs > 0n) ? "request-time" : "even", weights: one };
}
