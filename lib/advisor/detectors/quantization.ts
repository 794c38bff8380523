import { architectureOf, checkHardware } from "@/lib/policies/hardware";
import { gpuPool, type Detection } from "../findings/finding";
import { fewerNodes } from "./fewer-nodes";
import type { AdvisorInput, PoolInput } from "./input";
import { count, exploreLink, isUpstream, number, pageLink, percent, ratio, requestsLink, sumOf, words } from "./looking";

const KV_FULL = 0.9;
const MIN_PREEMPTIONS = 10;

/** 16-bit weights that leave too little memory for the KV cache, on a GPU that can do with fewer bits. */
export const detectQuantization = (input: AdvisorInput): Detection[] => input.pools.flatMap((pool) => pressed(input, pool));

function pressed(input: AdvisorInput, pool: PoolInput): Detection[] {
  const { hours, policy } = pool;
  const events = input.sample.events.filter((event) => event.pool === pool.id && isUpstream(event));
  const precisions = new Set(events.flatMap(({ precision }) => (precision === null ? [] : [precision.toLowerCase()])));
  const sixteen = policy.quantization === "none" && [...precisions].every((one) => one === "bf16" || one === "fp16");
  if (!sixteen || hours.length === 0) return [];
  const kv = Math.max(...hours.map(({ kvCacheUsage }) => kvCacheUsage ?? 0));
  const preemptions = sumOf(hours, (hour) => hour.preemptions);
  const ooms = events.filter(({ status }) => status === "oom").length;
  if (kv < KV_FULL || preemptions < MIN_PREEMPTIONS) return [];
  const format = formatFor(pool);
  const fewer = fewerNodes(pool, "quantization");
  if (!format || !fewer) return [];
  const endpoints = [...new Set(events.map(({ endpoint }) => endpoint))].sort();
  const oomShare = events.length === 0 ? 0 : ooms / events.length;
  return [
    {
      lever: "quantization",
      scope: { pool: pool.id },
      title: `${pool.id} runs 16-bit weights with a full KV cache`,
      statement: `In its fullest hour the KV cache is ${percent(kv)} full; engines threw requests back ${number(preemptions)} times, and ${percent(oomShare)} of the calls ran out of memory. ${format.toUpperCase()} halves the weights and leaves the room to the cache.`,
      numbers: [
        ratio("KV cache in the fullest hour", kv),
        count("Preemptions", preemptions),
        ratio("Out of memory", oomShare),
        words("Weights", [...precisions].join(", ") || "16-bit"),
        words("GPU", `${pool.gpuType}${architectureOf(pool.gpuType) ? ` (${architectureOf(pool.gpuType)})` : ""}`),
      ],
      links: [
        exploreLink(
          "KV cache and preemptions in Explore",
          "kv_cache_usage,preemptions,queue_depth",
          "pool",
          { pool: pool.id },
          "line",
        ),
        ...endpoints
          .slice(0, 1)
          .map((endpoint) => requestsLink("Calls that ran out of memory", { endpoint, status: "oom" }, { rows: "attempts" })),
        pageLink("The pool", `/utilization?pool=${encodeURIComponent(pool.id)}&range=7d`),
      ],
      parts: [{ pool: gpuPool(pool.id), low: fewer.low, high: fewer.high }],
      basis: "published",
      method: `${fewer.words} It becomes money when the nodes are taken away.`,
      confidence: "medium",
      confidenceWhy: "The pressure is measured; how many nodes fewer bits spare is known after the rollout.",
      prerequisites: [
        "An evaluation with task checks, strict formats and safety behaviour must pass before approval.",
        "Keep a 16-bit node routable as the fallback until the change is promoted.",
        ...(format === "fp8" ? [] : [`${format.toUpperCase()} needs weights that were converted beforehand.`]),
      ],
      remedy: {
        kind: "change",
        title: `${format.toUpperCase()} weights on ${pool.id}`,
        edits: [{ kind: "engine", scope: { level: "pool", value: pool.id }, patch: { quantization: format } }],
      },
    },
  ];
}

/** 8 bits before 4: FP8 where the GPU can, else INT8, else GPTQ. Null: this GPU or engine can do none of them. */
function formatFor({ gpuType, engine }: PoolInput): "fp8" | "int8" | "gptq" | null {
  const fits = (format: "fp8" | "int8" | "gptq") => checkHardware(format, gpuType, engine).refusals.length === 0;
  return architectureOf(gpuType) === null ? null : ((["fp8", "int8", "gptq"] as const).find(fits) ?? null);
}
