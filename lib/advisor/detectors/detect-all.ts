/** Every lever asked, and what came of it ranked: dollars first, weighed by how sure they are. Pure. */
import { findingOf, type Confidence, type Detection, type Finding } from "../findings/finding";
import type { LeverId } from "../findings/levers";
import { detectPromptCaching, detectRetrievalCache, detectSemanticCache } from "./caches";
import { detectCapacity } from "./capacity";
import { detectContinuousBatching, detectLaneSplit, detectSpeculative } from "./engines";
import { detectEvaporated } from "./evaporated";
import { detectExactCache } from "./exact-cache";
import { detectHosting, detectInstances } from "./hosting";
import type { AdvisorInput } from "./input";
import { detectOutputCap } from "./output-cap";
import { detectQuantization } from "./quantization";
import { detectRetries } from "./retries";
import { detectRightSize } from "./right-size";
import { detectBatchLane, detectDistillation, detectSmallModelFirst, detectTokenReduction } from "./workloads";

export const DETECTORS: Record<LeverId, (input: AdvisorInput) => Detection[]> = {
  token_reduction: detectTokenReduction,
  output_cap: detectOutputCap,
  exact_cache: detectExactCache,
  retrieval_cache: detectRetrievalCache,
  semantic_cache: detectSemanticCache,
  prompt_caching: detectPromptCaching,
  right_size: detectRightSize,
  small_model_first: detectSmallModelFirst,
  batch_lane: detectBatchLane,
  continuous_batching: detectContinuousBatching,
  quantization: detectQuantization,
  retries: detectRetries,
  capacity: detectCapacity,
  speculative: detectSpeculative,
  instance: detectInstances,
  distillation: detectDistillation,
  lane_split: detectLaneSplit,
  self_host: detectHosting,
};

/** $1 in 30 days: below it a finding costs more to read than it saves. */
const WORTH_READING = 1_000_000_000n;
/** Levers that are worth reading without dollars: about latency, or about engines that throw requests back. */
const FOR_SERVICE: readonly LeverId[] = ["speculative", "lane_split", "retrieval_cache", "quantization"];

const WEIGHT: Record<Confidence, bigint> = { high: 100n, medium: 70n, low: 35n };
const rankOf = ({ savingLowNanoUsd, savingHighNanoUsd, confidence }: Finding) =>
  (savingLowNanoUsd + savingHighNanoUsd) * WEIGHT[confidence];

export const byRank = (a: Finding, b: Finding): number => {
  const difference = rankOf(b) - rankOf(a);
  return difference === 0n ? (a.key < b.key ? -1 : 1) : difference > 0n ? 1 : -1;
};

export function detectAll(input: AdvisorInput): Finding[] {
  const detections = [...Object.values(DETECTORS), detectEvaporated].flatMap((detect) => detect(input));
  // What a cache of an hour answers, it also answers twice within five minutes.
  const cached = new Set(detections.flatMap(({ lever, scope }) => (lever === "exact_cache" ? [scope.endpoint] : [])));
  return detections
    .filter(({ scope }) => scope.step !== "duplicates" || !cached.has(scope.endpoint))
    .map((detection) => findingOf(detection, input.spend))
    .filter(({ lever, savingHighNanoUsd }) => savingHighNanoUsd >= WORTH_READING || FOR_SERVICE.includes(lever))
    .sort(byRank);
}
