/**
 * Why cost changed between two periods, as bars that add up exactly. Pure, integers only.
 *
 * A model is `continuing` when both periods have requests of it, else `new` or `retired`, with a bar of its own. Over the
 * continuing ones (q requests, C cost, p = C ÷ q; Q and C without a model: their sums):
 *
 *   volume = (Q1 − Q0) · C0 ÷ Q0             more or fewer requests, at the old average
 *   mix    = Σ q1 · p0 − Q1 · C0 ÷ Q0        the same requests, on cheaper or dearer models
 *   rate   = Σ q1 · (p1 − p0)                what one request of one model costs; split for each model in this order:
 *     cache    share of requests that reached a provider (upstream ÷ q), and share of the list cost left after the
 *              provider's prefix cache (C ÷ (C + saved))
 *     retries  attempts ÷ upstream requests
 *     tokens   tokens ÷ attempt
 *     price    list cost ÷ token: unit prices, and how many of the tokens are output
 *
 * The factors are replaced one after the other, the old by the new, so the steps telescope: every bar is a difference of
 * two neighbours in one chain of rounded amounts, and their sum is the difference of the costs to the nano-dollar.
 * A model whose factors are not all known (nothing reached a provider, no tokens) has its rate change under `other`.
 */
import { splitLargestRemainder } from "@/lib/money";
import { DRIVERS, type Driver } from "./drivers";

/** One model in one period. Money in nano-USD. */
export interface UsageOfModel {
  requests: bigint;
  /** Requests that no response cache answered. */
  upstreamRequests: bigint;
  attempts: bigint;
  tokens: bigint;
  costNanoUsd: bigint;
  /** What the provider's prefix cache saved. */
  prefixSavedNanoUsd: bigint;
}

export interface ModelInput {
  key: string;
  before: UsageOfModel;
  after: UsageOfModel;
}

interface ModelChange {
  key: string;
  state: "continuing" | "new" | "retired";
  beforeNanoUsd: bigint;
  afterNanoUsd: bigint;
  /** Sum: after − before. All 0 for a new or retired model, whose whole change is its own bar. */
  drivers: Record<Driver, bigint>;
}

interface Waterfall {
  beforeNanoUsd: bigint;
  afterNanoUsd: bigint;
  /** Sums over the continuing models. */
  drivers: Record<Driver, bigint>;
  models: ModelChange[];
}

export function explainChange(inputs: readonly ModelInput[]): Waterfall {
  const continuing = inputs.filter(({ before, after }) => before.requests > 0n && after.requests > 0n);
  const q0 = sum(continuing, ({ before }) => before.requests);
  const q1 = sum(continuing, ({ after }) => after.requests);
  const c0 = sum(continuing, ({ before }) => before.costNanoUsd);
  // Of the volume bar each model has the share that its old cost was; without old cost there is nothing to share.
  const volume = q0 === 0n ? 0n : ratio(q1 * c0, q0) - c0;
  const volumes =
    c0 === 0n
      ? continuing.map(() => 0n)
      : splitSigned(
          volume,
          continuing.map(({ before }) => before.costNanoUsd),
        );
  const volumeOf = new Map(continuing.map(({ key }, index) => [key, volumes[index]!]));

  const models = inputs.map(({ key, before, after }): ModelChange => {
    const known = { key, beforeNanoUsd: before.costNanoUsd, afterNanoUsd: after.costNanoUsd };
    const drivers = none();
    if (before.requests === 0n || after.requests === 0n) {
      const state = after.requests > 0n ? "new" : before.requests > 0n ? "retired" : "continuing";
      // Cost without one counted request: mirrored traffic, or attempts whose last one is in another period.
      if (state === "continuing") drivers.other = after.costNanoUsd - before.costNanoUsd;
      return { ...known, state, drivers };
    }
    drivers.volume = volumeOf.get(key)!;
    const atOldRate = ratio(after.requests * before.costNanoUsd, before.requests);
    drivers.mix = atOldRate - before.costNanoUsd - drivers.volume;
    splitRate(before, after, atOldRate, drivers);
    return { ...known, state: "continuing", drivers };
  });

  const drivers = none();
  for (const model of models) for (const driver of DRIVERS) drivers[driver] += model.drivers[driver];
  return {
    beforeNanoUsd: sum(inputs, ({ before }) => before.costNanoUsd),
    afterNanoUsd: sum(inputs, ({ after }) => after.costNanoUsd),
    drivers,
    models,
  };
}

/** The chain from `atOldRate` to the new cost. */
function splitRate(before: UsageOfModel, after: UsageOfModel, atOldRate: bigint, drivers: Record<Driver, bigint>): void {
  const list0 = before.costNanoUsd + before.prefixSavedNanoUsd;
  const list1 = after.costNanoUsd + after.prefixSavedNanoUsd;
  const factors = [before.upstreamRequests, before.attempts, before.tokens, after.upstreamRequests, after.attempts, after.tokens];
  if (factors.some((factor) => factor <= 0n) || list0 <= 0n || list1 <= 0n) {
    drivers.other += after.costNanoUsd - atOldRate;
    return;
  }
  const c0 = before.costNanoUsd;
  const reached = ratio(c0 * after.upstreamRequests, before.upstreamRequests);
  const tried = ratio(c0 * after.attempts, before.attempts);
  const read = ratio(c0 * after.tokens, before.tokens);
  const discounted = ratio(list0 * after.tokens * after.costNanoUsd, before.tokens * list1);
  drivers.cache = reached - atOldRate + (discounted - read);
  drivers.retries = tried - reached;
  drivers.tokens = read - tried;
  drivers.price = after.costNanoUsd - discounted;
}

const none = (): Record<Driver, bigint> => ({ volume: 0n, mix: 0n, price: 0n, tokens: 0n, cache: 0n, retries: 0n, other: 0n });

function sum<T>(list: readonly T[], read: (item: T) => bigint): bigint {
  return list.reduce((total, item) => total + read(item), 0n);
}

/** Half-even; the denominator is positive, the numerator not negative. */
function ratio(numerator: bigint, denominator: bigint): bigint {
  const whole = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && whole % 2n === 1n) ? whole + 1n : whole;
}

function splitSigned(amount: bigint, weights: readonly bigint[]): bigint[] {
  return amount < 0n ? splitLargestRemainder(-amount, weights).map((part) => -part) : splitLargestRemainder(amount, weights);
}
