/**
 * What a change would save in 30 days, before anybody is asked: a range from requests of the last week, at prices that are
 * then frozen. Pure. Where nothing can be said beforehand it says so instead of guessing.
 */
import type { PolicyEdit } from "@/lib/changes/schemas";
import { fewerNodes, type EngineLever } from "../detectors/fewer-nodes";
import type { PoolInput, Sample, SampleEvent } from "../detectors/input";
import { replayCache, requestsOf, type RecordedRequest } from "../replay/cache-replay";

export interface SavingEstimate {
  /** Of 30 days; null: nothing can be said beforehand. */
  lowNanoUsd: bigint | null;
  highNanoUsd: bigint | null;
  /** From what it was worked out, in one or two sentences. */
  basis: string;
}

export interface EstimateInput {
  edit: Pick<PolicyEdit, "kind" | "scope" | "document">;
  sample: Sample;
  /** What an event costs at the frozen prices, nano-USD; null: it has no price. */
  price: (event: SampleEvent) => bigint | null;
  /** What a target of a route runs; null: nobody knows. */
  modelOf: (route: string, target: string) => { model: string; provider: string } | null;
  /** Of an engine edit: the pool as it is, over the hours in which it reported. Absent: nothing is known of it. */
  pool?: EstimatePool;
}

export type EstimatePool = Pick<PoolInput, "nodes" | "hours" | "policy" | "costNanoUsd">;

const MONTH_MS = 30 * 86_400_000;
const MONTH_HOURS = 30 * 24;
const WEEK_WORDS = "the requests of the last week at today's prices";
/** Of answers that the small model gives, so many are asked of the large one again. */
const ESCALATED = { few: 0.05, many: 0.25 };
/** Semantic hits on top of exact ones, measured on published workloads of support and search. */
const SIMILAR_TOO = 0.1;

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);
const at = (node: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isTree(inner) ? inner[key] : undefined), node);

interface Range {
  low: number;
  high: number;
  basis: string;
}

/** Of several edits: what each saves is not added where they save the same; the larger one counts. */
export function estimateOf(inputs: readonly EstimateInput[]): SavingEstimate {
  const known = inputs.flatMap((input) => {
    const range = rangeOf(input);
    return range ? [{ range, scale: input.pool ? MONTH_HOURS / input.pool.hours.length : monthOf(input.sample) }] : [];
  });
  if (known.length === 0) return { lowNanoUsd: null, highNanoUsd: null, basis: unknownOf(inputs) };
  const dollars = (end: "low" | "high") => Math.max(...known.map(({ range, scale }) => range[end] * scale));
  return {
    lowNanoUsd: BigInt(Math.round(dollars("low"))),
    highNanoUsd: BigInt(Math.round(dollars("high"))),
    basis: known.map(({ range }) => range.basis).join(" "),
  };
}

function unknownOf(inputs: readonly EstimateInput[]): string {
  return inputs.some(({ edit }) => edit.kind === "engine")
    ? "Own GPUs cost the same per hour whatever runs on them: it saves once fewer nodes are enough, and that is not known beforehand."
    : "Nothing can be said beforehand; it is measured while it is rolled out.";
}

/** What of the window, and from a part of it, makes 30 days. */
const monthOf = ({ from, to, share }: Sample): number => MONTH_MS / (to - from) / Math.max(share, 1e-9);

function rangeOf(input: EstimateInput): Range | null {
  const { kind, document } = input.edit;
  if (kind === "caching") return cacheRange(input, document);
  if (kind === "tokens") return capRange(input, document);
  if (kind === "routing") return cascadeRange(input, document);
  if (kind === "engine") return engineRange(input, document);
  return null;
}

const costOf = ({ price }: EstimateInput, request: RecordedRequest): number =>
  Number(price(request.final) ?? 0n) * request.attempts;

function cacheRange(input: EstimateInput, document: Tree): Range | null {
  const layer = ["exact", "semantic"].find((name) => at(document, name, "enabled") === true);
  if (!layer) return null;
  const ttlSec = Number(at(document, layer, "ttlSec") ?? 3_600);
  const requests = requestsOf(input.sample.events);
  const hits = replayCache(requests, { ttlSec, scope: "tenant" }).filter(({ outcome }) => outcome === "hit");
  const repeated = hits.reduce((sum, { request }) => sum + costOf(input, request), 0);
  const all = requests.reduce((sum, request) => sum + costOf(input, request), 0);
  const perUser = at(document, layer, "scope") === "user";
  const basis = `${hits.length.toLocaleString("en-US")} of ${requests.length.toLocaleString("en-US")} requests of the last week would have been answered from it, kept ${ttlSec} s.`;
  return {
    low: perUser ? 0 : repeated * 0.9,
    high: layer === "semantic" ? repeated + (all - repeated) * SIMILAR_TOO : repeated,
    basis: perUser ? `${basis} Telemetry names no users: shared per user it is less, perhaps nothing.` : basis,
  };
}

function capRange(input: EstimateInput, document: Tree): Range | null {
  const cap = at(document, "maxOutputTokens");
  if (typeof cap !== "number") return null;
  let [saved, over] = [0, 0];
  for (const event of input.sample.events) {
    if (event.cacheHit || event.meters.output <= cap) continue;
    const capped = { ...event, meters: { ...event.meters, output: cap } };
    saved += Number((input.price(event) ?? 0n) - (input.price(capped) ?? 0n));
    over += 1;
  }
  return {
    low: saved / 2,
    high: saved,
    basis: `${over.toLocaleString("en-US")} answers of the last week were longer than ${cap.toLocaleString("en-US")} tokens; some of those who are cut short will ask again.`,
  };
}

/** Whole nodes that are not needed any more, by the published range of what the edit does and the pool's own fullest hour. */
function engineRange({ pool }: EstimateInput, document: Tree): Range | null {
  const lever = pool && engineLeverOf(pool.policy, document);
  const fewer = lever && fewerNodes(pool, lever);
  if (!pool || !fewer) return null;
  const cost = Number(pool.costNanoUsd);
  return {
    low: cost * fewer.low,
    high: cost * fewer.high,
    basis: `${fewer.words} On the pool's own GPU bill; low confidence. It becomes money only when the nodes are taken away.`,
  };
}

/** What an engine edit does that saves; null: nothing of which a range is published. */
function engineLeverOf(now: PoolInput["policy"], document: Tree): EngineLever | null {
  const format = at(document, "quantization");
  if (typeof format === "string" && format !== "none" && now.quantization === "none") return "quantization";
  const larger = (["maxNumSeqs", "maxNumBatchedTokens"] as const).some((limit) => {
    const [wanted, current] = [at(document, limit), now[limit]];
    return typeof wanted === "number" && current !== undefined && wanted > current;
  });
  return larger ? "continuous_batching" : null;
}

/** A small model first: it answers, and what it cannot answer is paid for twice. */
function cascadeRange(input: EstimateInput, document: Tree): Range | null {
  const routes = at(document, "routes");
  const [route, first] = isTree(routes)
    ? (Object.entries(routes)
        .map(([name, one]) => [name, at(one, "cascade", "first")] as const)
        .find(([, target]) => typeof target === "string") ?? [])
    : [];
  if (typeof route !== "string" || typeof first !== "string") return null;
  const events = input.sample.events.filter((event) => event.route === route && !event.cacheHit && !event.stream);
  const small = input.modelOf(route, first);
  if (!small) return null;
  let [now, then] = [0, 0];
  for (const event of events) {
    const cost = Number(input.price(event) ?? 0n);
    now += cost;
    then += Math.min(cost, Number(input.price({ ...event, modelServed: small.model, provider: small.provider }) ?? 0n));
  }
  return {
    low: Math.max(0, now - then - ESCALATED.many * now),
    high: Math.max(0, now - then - ESCALATED.few * now),
    basis: `${events.length.toLocaleString("en-US")} calls of ${route} from ${WEEK_WORDS}, answered by ${small.model} unless it cannot (${ESCALATED.few * 100} to ${ESCALATED.many * 100} %).`,
  };
}
