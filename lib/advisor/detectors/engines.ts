/** What an engine does with its time: batches of one, slow decoding with memory to spare, and work of two kinds on one pool. */
import { gpuPool, type Detection } from "../findings/finding";
import { fewerNodes } from "./fewer-nodes";
import type { AdvisorInput, PoolInput, SampleEvent } from "./input";
import { average, exploreLink, isUpstream, ms, number, pageLink, percent, quantile, ratio, requestsLink } from "./looking";

const MIN_CALLS = 100;

// ── continuous batching ──────────────────────────────────────────────────────────────────────────────────────────────

/** Busy, and yet hardly more than one request at a time. */
const BUSY = 0.2;
const ALONE = 1.3;
const SMALL_BATCH = 8;

export const detectContinuousBatching = (input: AdvisorInput): Detection[] =>
  input.pools.flatMap((pool): Detection[] => {
    const busy = pool.hours.filter(({ utilization, runningBatch }) => utilization >= BUSY && runningBatch !== null);
    if (busy.length < 12) return [];
    const time = busy.reduce((sum, hour) => sum + hour.utilization, 0);
    const batch = busy.reduce((sum, hour) => sum + hour.runningBatch!, 0) / time;
    const limit = pool.policy.maxNumSeqs;
    const waiting = Math.max(...busy.map(({ queueDepth }) => queueDepth ?? 0));
    if (batch > ALONE || (limit !== undefined && limit > SMALL_BATCH && waiting < 0.1)) return [];
    const fewer = fewerNodes(pool, "continuous_batching")!;
    return [
      {
        lever: "continuous_batching",
        scope: { pool: pool.id },
        title: `${pool.id} works on one request at a time`,
        statement: `While it is busy, ${batch.toFixed(1)} requests run at once${limit === undefined ? "" : `, ${number(limit)} are allowed`}, and up to ${waiting.toFixed(1)} wait. A GPU reads its weights once a step, for one request or for many.`,
        numbers: [
          average("Running batch while busy", batch),
          ratio("GPU time used", pool.utilization),
          average("Waiting, fullest hour", waiting),
        ],
        links: [
          exploreLink(
            "Batch and queue in Explore",
            "running_batch,queue_depth,gpu_utilization",
            "pool",
            { pool: pool.id },
            "line",
          ),
          pageLink("The pool", `/utilization?pool=${encodeURIComponent(pool.id)}&range=7d`),
        ],
        parts: [{ pool: gpuPool(pool.id), low: fewer.low, high: fewer.high }],
        basis: "published",
        method: `${fewer.words} It becomes money when the nodes are taken away.`,
        confidence: "medium",
        confidenceWhy: "The batch is measured; what a larger one brings depends on the length of requests.",
        prerequisites: ["Queue time, retries and duplicates are guardrails of the rollout."],
        remedy: {
          kind: "change",
          title: `Larger batches on ${pool.id}`,
          edits: [
            {
              kind: "engine",
              scope: { level: "pool", value: pool.id },
              patch: { maxNumSeqs: Math.max(64, 4 * (limit ?? 16)), maxNumBatchedTokens: 8_192 },
            },
          ],
        },
      },
    ];
  });

// ── speculative decoding ─────────────────────────────────────────────────────────────────────────────────────────────

const DECODE_BOUND = 0.7;
const KV_TO_SPARE = 0.5;
/** Below it nobody waits for the pool; above it drafts take the place of other requests. */
const LOAD: readonly [number, number] = [0.05, 0.6];

export const detectSpeculative = (input: AdvisorInput): Detection[] =>
  input.pools.flatMap((pool): Detection[] => {
    const calls = callsOf(input, pool).filter(
      ({ lane, decodeMs, latencyMs, status }) =>
        lane === "interactive" && status === "success" && decodeMs !== null && latencyMs !== null,
    );
    if (calls.length < MIN_CALLS || pool.policy.speculative !== null) return [];
    const [least, most] = LOAD;
    if (pool.utilization < least || pool.utilization > most) return [];
    const decode = quantile(
      calls.map((call) => call.decodeMs! / Math.max(1, call.latencyMs!)),
      0.5,
    )!;
    const kv = Math.max(0, ...pool.hours.map(({ kvCacheUsage }) => kvCacheUsage ?? 0));
    if (decode < DECODE_BOUND || kv > KV_TO_SPARE) return [];
    const latency = quantile(
      calls.map((call) => call.latencyMs!),
      0.95,
    )!;
    return [
      {
        lever: "speculative",
        scope: { pool: pool.id },
        title: `${pool.id} could answer sooner: it waits for its own decoding`,
        statement: `${percent(decode)} of the time of a usual call is decoding, one token after the other, and the KV cache is never more than ${percent(kv)} full. Drafting tokens makes that 1.8–2.2 times faster. It saves time, not money.`,
        numbers: [ratio("Decoding in latency", decode), ratio("KV cache, fullest hour", kv), ms("Latency p95", latency)],
        links: [
          exploreLink("Latency and speed in Explore", "latency_p95,tokens_per_second_p50", "pool", { pool: pool.id }, "line"),
          pageLink("The pool", `/utilization?pool=${encodeURIComponent(pool.id)}&range=7d`),
        ],
        parts: [],
        basis: "published",
        method: "A latency lever, not a cost lever: no saving is claimed.",
        confidence: "medium",
        confidenceWhy: "How many drafts are accepted depends on the text.",
        prerequisites: ["Measure under your own load: under full load drafts take the place of other requests."],
        remedy: {
          kind: "change",
          title: `Speculative decoding on ${pool.id}`,
          edits: [
            {
              kind: "engine",
              scope: { level: "pool", value: pool.id },
              patch: { speculative: { method: "ngram", numTokens: 4 } },
            },
          ],
        },
      },
    ];
  });

// ── interactive and background on one pool ───────────────────────────────────────────────────────────────────────────

const PART = 0.1;
/** Interactive requests wait this much longer in the hours with background work. */
const MIN_WAIT_MS = 500;

export const detectLaneSplit = (input: AdvisorInput): Detection[] =>
  input.pools.flatMap((pool): Detection[] => {
    const calls = callsOf(input, pool);
    const [interactive, batch] = (["interactive", "batch"] as const).map((lane) => calls.filter((call) => call.lane === lane));
    if (calls.length < MIN_CALLS || interactive!.length / calls.length < PART || batch!.length / calls.length < PART) return [];
    const p95 = (events: readonly SampleEvent[]) =>
      quantile(
        events.flatMap(({ queueMs }) => (queueMs === null ? [] : [queueMs])),
        0.95,
      ) ?? 0;
    const [short, long] = [p95(interactive!), p95(batch!)];
    if (Math.max(short, long) < MIN_WAIT_MS) return [];
    const endpoints = (events: readonly SampleEvent[]) => [...new Set(events.map(({ endpoint }) => endpoint))].sort().join(", ");
    return [
      {
        lever: "lane_split",
        scope: { pool: pool.id },
        title: `People and background jobs share ${pool.id}`,
        statement: `${percent(batch!.length / calls.length)} of its calls are background work (${endpoints(batch!)}), which waits up to ${number(long / 1_000)} s; ${endpoints(interactive!)} is interactive and stands in the same queue.`,
        numbers: [
          ratio("Background share", batch!.length / calls.length),
          ms("Queue p95, background", long),
          ms("Queue p95, interactive", short),
        ],
        links: [
          exploreLink("Queue time by lane in Explore", "queue_p95,latency_p95,requests", "lane", { pool: pool.id }),
          requestsLink("Its calls, slowest first", { pool: pool.id }, { sort: "slowest" }),
        ],
        parts: [],
        basis: "measured",
        method:
          "Protects latency; no saving is claimed. It is what makes spot nodes and larger batches safe for the background part.",
        confidence: "medium",
        confidenceWhy: "Both kinds are measured on the pool; how much interactive latency improves is not.",
        prerequisites: [],
        watch: ["Queue time and time to first token of the interactive endpoints"],
        remedy: {
          kind: "task",
          title: `A node of its own for interactive requests of ${pool.id}`,
          steps: [
            "Give the interactive route the targets of one or two nodes, the background route the others, in one change of the routing policy.",
            "Set a small batch on the interactive nodes and a large one on the others.",
          ],
          link: pageLink("To the routing policy", "/policies?kind=routing&level=global"),
        },
      },
    ];
  });

const callsOf = ({ sample }: AdvisorInput, pool: PoolInput): SampleEvent[] =>
  sample.events.filter((event) => event.pool === pool.id && isUpstream(event));
