/** Whose GPUs, and which: cheaper instances, spot, and the break-even of own GPUs against an API. */
import { toNanoUsd, nanoToUsd } from "@/lib/money";
import { gpuPool, usagePool, type Detection } from "../findings/finding";
import { WARM_NODES } from "./capacity";
import type { AdvisorInput, PoolInput } from "./input";
import { dollars, exploreLink, groupBy, isUpstream, number, pageLink, percent, ratio, sumNano, words } from "./looking";

const MIN_CALLS = 100;
const MONTH_HOURS = 720;

// ── instances ────────────────────────────────────────────────────────────────────────────────────────────────────────

const MOSTLY_BATCH = 0.5;
/** Published, where no spot rate is known. */
const SPOT: readonly [number, number] = [0.5, 0.9];
const MEMORY_GIB: Record<string, number> = {
  T4: 16,
  A10G: 24,
  L4: 24,
  "RTX-4090": 24,
  "A100-40GB": 40,
  L40S: 48,
  "A100-80GB": 80,
  H100: 80,
  H200: 141,
  B200: 192,
  MI300X: 192,
};
const BYTES: Record<string, number> = { fp8: 1, int8: 1, awq: 0.5, gptq: 0.5, nvfp4: 0.5 };

export const detectInstances = (input: AdvisorInput): Detection[] =>
  input.pools.flatMap((pool) => [...spot(input, pool), ...smallerGpu(input, pool)]);

function spot(input: AdvisorInput, pool: PoolInput): Detection[] {
  const calls = input.sample.events.filter((event) => event.pool === pool.id && isUpstream(event));
  const batch = calls.filter(({ lane }) => lane === "batch").length / Math.max(1, calls.length);
  if (calls.length < MIN_CALLS || batch < MOSTLY_BATCH || pool.commitment !== "on-demand") return [];
  const nodes = Math.min(pool.nodes - (batch < 0.99 ? 1 : 0), Math.floor(pool.nodes * batch));
  if (nodes < 1) return [];
  const price = (commitment: string) =>
    input.gpuPrices.find((one) => one.gpuType === pool.gpuType && one.commitment === commitment)?.usdPerHour;
  const [onDemand, spotPrice] = [price("on-demand"), price("spot")];
  const known = onDemand !== undefined && spotPrice !== undefined ? 1 - spotPrice / onDemand : null;
  const part = nodes / pool.nodes;
  return [
    {
      lever: "instance",
      scope: { pool: pool.id, step: "spot" },
      title: `Background work of ${pool.id} on spot nodes`,
      statement: `${percent(batch)} of its calls are in the batch lane: nobody waits for them, and a call that is cut off is tried again. ${number(nodes)} of ${number(pool.nodes)} nodes could be interruptible.`,
      numbers: [
        ratio("Calls in the batch lane", batch),
        words("Nodes", `${nodes} of ${pool.nodes}`),
        ...(known === null ? [] : [ratio("Spot below on demand", known)]),
      ],
      links: [
        exploreLink("Calls by lane in Explore", "requests,cost_usd", "lane", { pool: pool.id }),
        pageLink("GPU rates", "/pricing?tab=gpu"),
      ],
      parts: [{ pool: gpuPool(pool.id), low: part * (known ?? SPOT[0]), high: part * (known ?? SPOT[1]) }],
      basis: known === null ? "published" : "measured",
      method:
        known === null
          ? "The published range for spot on the nodes that the batch lane needs. Enter your spot rate under Pricing to have it worked out."
          : "Your spot rate against your on-demand rate, on the nodes that the batch lane needs.",
      confidence: known === null ? "low" : "medium",
      confidenceWhy: known === null ? "No spot rate is known here." : "Rates are yours; interruptions cost some of it.",
      prerequisites: ["Interactive requests must not share these nodes: split the lanes first."],
      watch: ["Retries and timeouts of the background endpoints"],
      remedy: {
        kind: "task",
        title: `${number(nodes)} spot nodes in ${pool.id}`,
        steps: [
          "Start spot nodes of the same GPU, enrol them into the pool, and stop as many on-demand ones.",
          "Record the rate under Pricing → GPU rates, so that the saving is measured.",
        ],
        link: pageLink("GPU rates", "/pricing?tab=gpu"),
      },
    },
  ];
}

function smallerGpu(input: AdvisorInput, pool: PoolInput): Detection[] {
  const bytes = BYTES[pool.policy.quantization];
  const billions = Number(/(\d+(?:\.\d+)?)b\b/i.exec(pool.model)?.[1] ?? NaN);
  const now = input.gpuPrices.find((one) => one.gpuType === pool.gpuType && one.commitment === "on-demand");
  const memory = MEMORY_GIB[pool.gpuType];
  const kv = Math.max(0, ...pool.hours.map(({ kvCacheUsage }) => kvCacheUsage ?? 0));
  if (
    bytes === undefined ||
    !Number.isFinite(billions) ||
    !now ||
    memory === undefined ||
    pool.gpus !== pool.nodes ||
    pool.hours.length < 24
  )
    return [];
  const weights = (billions * bytes * 1e9) / 2 ** 30;
  const needed = 1.1 * weights + kv * Math.max(0, 0.9 * memory - weights);
  const cheaper = input.gpuPrices
    .filter(
      (one) =>
        one.commitment === "on-demand" && one.usdPerHour < now.usdPerHour && 0.9 * (MEMORY_GIB[one.gpuType] ?? 0) >= needed,
    )
    .sort((a, b) => a.usdPerHour - b.usdPerHour)[0];
  if (!cheaper) return [];
  const saves = 1 - cheaper.usdPerHour / now.usdPerHour;
  return [
    {
      lever: "instance",
      scope: { pool: pool.id, step: "size" },
      title: `${pool.id} fits a smaller GPU`,
      statement: `About ${needed.toFixed(0)} GiB are needed (weights ${weights.toFixed(0)} GiB at ${pool.policy.quantization}, KV cache up to ${percent(kv)}), and ${pool.gpuType} has ${memory}. ${cheaper.gpuType} has ${MEMORY_GIB[cheaper.gpuType]} GiB for ${percent(saves)} less.`,
      numbers: [
        words("GiB needed", needed.toFixed(1)),
        words("GiB now", String(memory)),
        dollars(`${pool.gpuType} an hour`, String(now.usdPerHour)),
        dollars(`${cheaper.gpuType} an hour`, String(cheaper.usdPerHour)),
      ],
      links: [
        exploreLink("Memory in Explore", "gpu_memory_use,kv_cache_usage", "pool", { pool: pool.id }, "line"),
        pageLink("GPU rates", "/pricing?tab=gpu"),
      ],
      // A smaller GPU is slower too: half of it may go into more nodes.
      parts: [{ pool: gpuPool(pool.id), low: saves / 2, high: saves }],
      basis: "measured",
      method: "Your GPU rates. Low: half of it goes into more nodes, because a smaller GPU is slower.",
      confidence: "low",
      confidenceWhy: "Memory is estimated from the model's name and precision; speed on the smaller GPU is not measured.",
      prerequisites: ["Measure the model on one node of the smaller GPU first."],
      watch: ["Time to first token and output speed of the pool"],
      remedy: {
        kind: "task",
        title: `Try ${cheaper.gpuType} for ${pool.id}`,
        steps: [`Enrol one node with ${cheaper.gpuType} into the pool and compare it on the utilization page.`],
        link: pageLink("Fleet", "/fleet"),
      },
    },
  ];
}

// ── own GPUs or an API ───────────────────────────────────────────────────────────────────────────────────────────────

const WORTH = 0.2;

export const detectHosting = (input: AdvisorInput): Detection[] => [
  ...input.pools.flatMap((pool) => backToApi(input, pool)),
  ...ownGpus(input),
];

/** What the pool's own calls would cost at the API models that the workspace uses already. */
function backToApi(input: AdvisorInput, pool: PoolInput): Detection[] {
  const calls = input.sample.events.filter((event) => event.pool === pool.id && isUpstream(event) && event.status === "success");
  if (calls.length < MIN_CALLS || pool.costNanoUsd === 0n) return [];
  const chat = new Set(
    input.sample.events.flatMap((event) => (event.pool === null && event.meters.output > 0 ? [event.modelServed] : [])),
  );
  const prices = input.models
    .filter((option) => option.pool === null && chat.has(option.model))
    .flatMap(({ provider, model }) => {
      const rated = calls.map((call) => input.rate({ ...call, provider, modelServed: model, modelRequested: model, pool: null }));
      if (rated.some((cost) => cost === null)) return [];
      const total = sumNano(rated, (cost) => cost!);
      return [{ model, nano: Number(total) / input.sample.share }];
    })
    .sort((a, b) => a.nano - b.nano);
  const [cheapest, dearest] = [prices[0], prices.at(-1)];
  if (!cheapest || !dearest) return [];
  const saves = (nano: number) => 1 - nano / Number(pool.costNanoUsd);
  if (saves(dearest.nano) < WORTH) return [];
  // The bill of GPUs does not follow the load, the bill of an API does: break-even is where they meet.
  const breakEven = Number(pool.costNanoUsd) / (cheapest.nano / Math.max(pool.utilization, 1e-6));
  return [
    {
      lever: "self_host",
      scope: { pool: pool.id },
      title: `An API would be cheaper than ${pool.id}`,
      statement: `Its GPUs cost ${usd(pool.costNanoUsd)} in the window. The same tokens would have cost ${usd(BigInt(Math.round(cheapest.nano)))} at ${cheapest.model} and ${usd(BigInt(Math.round(dearest.nano)))} at ${dearest.model}.`,
      numbers: [
        dollars("GPU cost in the window", nanoToUsd(pool.costNanoUsd)),
        dollars(`The same at ${cheapest.model}`, nanoToUsd(BigInt(Math.round(cheapest.nano)))),
        dollars(`The same at ${dearest.model}`, nanoToUsd(BigInt(Math.round(dearest.nano)))),
        ratio("GPU time used", pool.utilization),
        words("Break-even", breakEven > 1 ? "not even when fully used" : `at ${percent(breakEven)} of GPU time`),
      ],
      links: [
        exploreLink("GPU cost in Explore", "gpu_cost_usd,gpu_idle_cost_usd", "pool", { pool: pool.id }),
        pageLink("Calculate it", "/advisor/calculators"),
      ],
      parts: [{ pool: gpuPool(pool.id), low: saves(dearest.nano), high: saves(cheapest.nano) }],
      basis: "measured",
      method: "The pool's own calls priced at the API models that this workspace uses: high at the cheapest, low at the dearest.",
      confidence: "medium",
      confidenceWhy: "Money is worked out on own calls; whether another model does the work as well must be evaluated.",
      prerequisites: ["Data of these endpoints may leave the own GPUs.", "An evaluation of the API model must pass."],
      watch: ["Quality, latency and cost per successful request of its endpoints"],
      remedy: {
        kind: "task",
        title: `Decide between ${pool.id} and an API`,
        steps: [
          "Route a small share of its endpoints to the API model in a change, with quality as a guardrail.",
          "When it holds, move the rest and stop the nodes. Look again every 90 days.",
        ],
        link: pageLink("Draft a routing change", "/changes/new?template=small-model-first"),
      },
    },
  ];
}

const usd = (nano: bigint) =>
  `$${Number(nanoToUsd(nano)).toLocaleString("en-US", { maximumFractionDigits: 2, minimumFractionDigits: 2 })}`;

/** Spend on one model that two own nodes would cost less than half of. */
function ownGpus(input: AdvisorInput): Detection[] {
  const node = input.gpuPrices.find(({ gpuType, commitment }) => gpuType === "L40S" && commitment === "on-demand");
  if (!node) return [];
  const own = toNanoUsd((WARM_NODES * node.usdPerHour * MONTH_HOURS).toFixed(9));
  return [...groupBy(input.traffic, ({ model }) => model)].flatMap(([model, rows]): Detection[] => {
    const spend = sumNano(rows, ({ tenant, endpoint }) => input.spend.get(usagePool(tenant, endpoint, model)) ?? 0n);
    if (spend < 2n * own || rows.every(({ tokensOutput }) => tokensOutput === 0)) return [];
    const saves = 1 - Number(own) / Number(spend);
    return [
      {
        lever: "self_host",
        scope: { model },
        title: `${model} costs more than own GPUs might`,
        statement: `${usd(spend)} in 30 days. ${WARM_NODES} nodes of ${node.gpuType} cost ${usd(own)}; whether they are enough depends on how many tokens a second an open model makes there.`,
        numbers: [
          dollars("Spend in 30 days", nanoToUsd(spend)),
          dollars(`${WARM_NODES} × ${node.gpuType}, 30 days`, nanoToUsd(own)),
        ],
        links: [
          exploreLink("Its cost by endpoint in Explore", "cost_usd,requests", "endpoint", { modelServed: model }),
          pageLink("Calculate the break-even", "/advisor/calculators"),
        ],
        parts: rows.map((row) => ({ pool: usagePool(row.tenant, row.endpoint, model), low: 0, high: saves })),
        basis: "published",
        method: "Own spend against two nodes at your rate. Break-even is published at 65–70 % utilization.",
        confidence: "low",
        confidenceWhy: "Speed and quality of an open model are not measured here.",
        prerequisites: ["An open model passes the evaluation of these endpoints.", "Somebody runs the nodes, day and night."],
        watch: ["Quality and latency of these endpoints"],
        remedy: {
          kind: "task",
          title: `Work out own GPUs for ${model}`,
          steps: [
            "Fill the self-host calculator with these tokens.",
            "Try one node with a share of the traffic before buying more.",
          ],
          link: pageLink("To the calculators", "/advisor/calculators"),
        },
      },
    ];
  });
}
