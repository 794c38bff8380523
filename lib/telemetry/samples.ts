/**
 * The wire form of `POST /api/v1/samples`: one reading of one GPU node. Counters are what was added since the node's
 * previous reading; gauges are averages or the value at `at`, the end of the interval.
 */
import { z } from "zod";
import type { ItemReading } from "./accept-items";
import { hash64 } from "./content-hash";
import { readDoorTime } from "./door-time";
import { STORABLE } from "./schemas";
import { explainRefusal } from "./validate";

const text = (max: number) => z.string().min(1).max(max).regex(STORABLE);
const share = z.number().min(0).max(1).nullish();
const amount = (max: number) => z.number().min(0).max(max).nullish();

const sampleSchema = z.strictObject({
  node: text(200),
  pool: text(200).describe("The nodes that serve one model interchangeably"),
  at: z.iso.datetime({ offset: true }).max(40).describe("End of the interval"),
  intervalSec: z.number().gt(0).max(86_400).describe("Seconds since the node's previous reading"),
  gpuCount: z.int().min(1).max(1_024),
  gpuType: text(100).nullish().describe("e.g. NVIDIA H100 80GB HBM3; decides the rate of a node that is not registered yet"),
  commitment: z.enum(["on-demand", "reserved", "spot", "owned"]).nullish(),
  region: text(100).nullish(),
  engine: text(100).nullish().describe("e.g. vllm"),
  model: text(200).nullish(),
  engineActive: share.describe(
    "0 to 1: share of the interval in which the GPU computed (DCGM GR_ENGINE_ACTIVE). Decides busy and idle.",
  ),
  gpuUtil: share.describe('0 to 1: "some kernel ran" (DCGM GPU_UTIL ÷ 100), used when engineActive is absent'),
  memoryUsedMib: amount(1e9),
  memoryTotalMib: amount(1e9),
  kvCacheUsage: share,
  running: amount(1e6).describe("Requests in the running batch"),
  waiting: amount(1e6).describe("Requests in the queue"),
  promptTokens: amount(1e12),
  cachedTokens: amount(1e12),
  generatedTokens: amount(1e12),
  preemptions: amount(1e9),
  powerWatts: amount(1e6),
  energyMj: amount(1e12).describe("Millijoules used in the interval"),
  extra: z
    .record(text(100), z.union([z.number(), z.string().max(200).regex(STORABLE), z.boolean(), z.null()]))
    .refine((extra) => Object.keys(extra).length <= 100, { error: "At most 100 extra readings." })
    .nullish()
    .describe("Readings without a column of their own, kept as they are"),
});
export type Sample = z.infer<typeof sampleSchema>;

export const SAMPLE_LIMITS = { items: 1_000, bytes: 4 * 1024 * 1024 } as const;

export const sampleBatchSchema = z.strictObject({ samples: z.array(sampleSchema).max(SAMPLE_LIMITS.items) });

/** DCGM says "not supported" with a number just below 2^63: it is no reading. */
const NOT_SUPPORTED = 9.2e18;

/** One item as it came → a sample, or why not. */
export function readSample(value: unknown, door: { now: number; rawRetentionDays: number }): ItemReading<Sample> {
  const known = withoutUnsupported(value);
  const parsed = sampleSchema.safeParse(known);
  if (!parsed.success) return { refusal: explainRefusal(known, sampleSchema) };
  const sample = parsed.data;
  const at = readDoorTime("at", sample.at, door);
  if (typeof at !== "number") return { refusal: at };
  const item: Sample = { ...sample, at: new Date(at).toISOString() };
  const keys = Object.keys(item).toSorted() as (keyof Sample)[];
  const contentHash = hash64(JSON.stringify(keys.flatMap((key) => (item[key] == null ? [] : [[key, item[key]]]))));
  return { item, id: sampleId(item), contentHash };
}

export const sampleId = (sample: Pick<Sample, "node" | "at">): string => `${sample.node}@${sample.at}`;

function withoutUnsupported(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(
    ([, entry]) => !(typeof entry === "number" && Number.isFinite(entry) && entry >= NOT_SUPPORTED),
  );
  const kept: Record<string, unknown> = Object.fromEntries(entries);
  const extra = kept["extra"];
  return extra !== null && typeof extra === "object" ? { ...kept, extra: withoutUnsupported(extra) } : kept;
}
