import { agentChain } from "./agent-chain";
import { autoscaling } from "./autoscaling";
import { batchLane } from "./batch-lane";
import { batchingEconomics } from "./batching-economics";
import { costEquation } from "./cost-equation";
import { costPerRequestPath } from "./cost-per-request-path";
import type { Calculator } from "./definition";
import { gpuWaste } from "./gpu-waste";
import { inferenceSplit } from "./inference-split";
import { kvMemory } from "./kv-memory";
import { latencyBenchmark } from "./latency-benchmark";
import { leverStack } from "./lever-stack";
import { llmCost } from "./llm-cost";
import { outputCap } from "./output-cap";
import { distillation, rightSizeInstance, speculativeDecoding, spotInstances } from "./planning-ranges";
import { promptCaching } from "./prompt-caching";
import { quantizationRoi } from "./quantization-roi";
import { routingBlend } from "./routing-blend";
import { selfHost, serverlessClaim } from "./self-host";
import { workloadEstimator } from "./workload-estimator";

/** Every calculator by its id, in the order in which pages list them. */
export const CALCULATORS: ReadonlyMap<string, Calculator> = new Map(
  [
    llmCost,
    routingBlend,
    promptCaching,
    batchLane,
    agentChain,
    outputCap,
    quantizationRoi,
    batchingEconomics,
    autoscaling,
    selfHost,
    serverlessClaim,
    gpuWaste,
    kvMemory,
    latencyBenchmark,
    inferenceSplit,
    costEquation,
    workloadEstimator,
    leverStack,
    costPerRequestPath,
    spotInstances,
    rightSizeInstance,
    speculativeDecoding,
    distillation,
  ].map((calculator) => [calculator.id, calculator]),
);
