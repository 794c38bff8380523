/**
 * Workload audit: how much an endpoint repeats itself, how hard its work is, how much anybody waits for it. Pure.
 * Each score is 0 … 100 from numbers that stand beside it; null: nothing is known, which is not 0.
 */
import { prefixRepetition } from "../detectors/caches";
import type { AdvisorInput, SampleEvent } from "../detectors/input";
import { groupBy, isUpstream, mainModel, percent, quantile, tokensIn } from "../detectors/looking";
import { isResponseHit, replayCache, requestsOf } from "../replay/cache-replay";

export interface Score {
  /** 0 … 100; null: not enough is known. */
  value: number | null;
  /** What it was made of, in words with the numbers. */
  because: string[];
}

export interface AuditRow {
  /** Null: all tenants together. */
  tenant: string | null;
  endpoint: string;
  requests: number;
  model: string;
  repetition: Score;
  complexity: Score;
  latencySensitivity: Score;
  /** What the scores suggest, most promising first. */
  suggests: string[];
  tenants: string[];
}

const MIN_REQUESTS = 50;
const DAY_SEC = 86_400;
const clamp = (value: number) => Math.round(Math.min(100, Math.max(0, value)));

/** One row for each endpoint, and one for each tenant of it. */
export function auditWorkload(input: AdvisorInput): AuditRow[] {
  const waits = new Map(input.waits.map((wait) => [wait.endpoint, wait.medianMs]));
  const calls = new Map(input.endpoints.map((row) => [row.endpoint, row.callsPerAction]));
  return [...groupBy(input.sample.events, ({ endpoint }) => endpoint)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([endpoint, events]) => {
      const tenants = [...groupBy(events, ({ tenant }) => tenant)].sort(([a], [b]) => (a < b ? -1 : 1));
      const known = { share: input.sample.share, callsPerAction: calls.get(endpoint) ?? null };
      return [
        scoreEndpoint(endpoint, null, events, { ...known, waitMs: waits.get(endpoint) ?? null }),
        ...tenants.map(([tenant, own]) => scoreEndpoint(endpoint, tenant, own, { ...known, waitMs: null })),
      ];
    });
}

export function scoreEndpoint(
  endpoint: string,
  tenant: string | null,
  events: readonly SampleEvent[],
  { share, waitMs, callsPerAction }: { share: number; waitMs: number | null; callsPerAction: number | null },
): AuditRow {
  const requests = requestsOf(events);
  const upstream = events.filter((event) => isUpstream(event) && event.status === "success");
  const enough = requests.length >= MIN_REQUESTS;
  const repetition = enough ? scoreRepetition(events) : UNKNOWN;
  const complexity = enough ? scoreComplexity(upstream, callsPerAction ?? 1) : UNKNOWN;
  const latencySensitivity = enough ? scoreLatency(events, waitMs) : UNKNOWN;
  return {
    tenant,
    endpoint,
    requests: Math.round(requests.length / share),
    model: mainModel(upstream),
    repetition,
    complexity,
    latencySensitivity,
    suggests: suggestions(repetition.value, complexity.value, latencySensitivity.value),
    tenants: [...new Set(events.map((event) => event.tenant))].sort(),
  };
}

const UNKNOWN: Score = { value: null, because: [`fewer than ${MIN_REQUESTS} requests were looked at`] };

/** The larger of: identical within a day (cached or not), and a beginning that came within five minutes (half as much worth). */
function scoreRepetition(events: readonly SampleEvent[]): Score {
  const requests = requestsOf(events);
  const cached = requests.filter(({ final }) => isResponseHit(final)).length / requests.length;
  const outcomes = replayCache(requests, { ttlSec: DAY_SEC, scope: "tenant" });
  const known = outcomes.filter(({ outcome }) => outcome !== "unknown" && outcome !== "already").length;
  const hits = outcomes.filter(({ outcome }) => outcome === "hit").length;
  const identical = known === 0 ? null : hits / requests.length;
  const prefix = prefixRepetition(events.filter(isUpstream));
  const because = [
    `${percent(cached)} are answered by a cache`,
    identical === null ? "no request hashes are sent" : `${percent(identical)} more are identical to one of the same day`,
    prefix === null ? "no prefix hashes are sent" : `${percent(prefix)} begin like one of five minutes before`,
  ];
  if (identical === null && prefix === null && cached === 0) return { value: null, because };
  return { value: clamp(100 * Math.max(cached + (identical ?? 0), (prefix ?? 0) / 2)), because };
}

/**
 * Length of prompt (8,000 tokens: 30 points) and answer (1,000: 30), variety of answers (p95 ÷ p50 of 6: 15), steps of an
 * action (10: 15), reasoning (10).
 */
function scoreComplexity(upstream: readonly SampleEvent[], steps: number): Score {
  // Where there are answers, the embeddings beside them are not the work.
  const answers = upstream.filter(({ meters }) => meters.output > 0);
  const events = answers.length > 0 ? answers : upstream;
  if (events.length === 0) return { value: null, because: ["no answers"] };
  const input = quantile(events.map(tokensIn), 0.5)!;
  const outputs = events.map(({ meters }) => meters.output);
  const [p50, p95] = [quantile(outputs, 0.5)!, quantile(outputs, 0.95)!];
  const variety = p50 === 0 ? 1 : p95 / p50;
  const reasons = events.filter(({ meters }) => meters.reasoning > 0).length / events.length;
  const value =
    30 * Math.min(1, input / 8_000) +
    30 * Math.min(1, p50 / 1_000) +
    15 * Math.min(1, Math.max(0, variety - 1) / 5) +
    15 * Math.min(1, (steps - 1) / 9) +
    10 * reasons;
  return {
    value: clamp(value),
    because: [
      `a usual prompt has ${Math.round(input).toLocaleString("en-US")} tokens`,
      `a usual answer ${Math.round(p50).toLocaleString("en-US")}, one in twenty more than ${Math.round(p95).toLocaleString("en-US")}`,
      `${steps === 1 ? "one call" : `${steps.toFixed(1)} calls`} an action`,
      ...(reasons > 0 ? [`${percent(reasons)} of the answers reason`] : []),
    ],
  };
}

/** Streamed (50 points), in the interactive lane (30), used soon after it is there (20). */
function scoreLatency(events: readonly SampleEvent[], waitMs: number | null): Score {
  const requests = events.filter(({ final }) => final);
  const streamed = requests.filter(({ stream }) => stream).length / requests.length;
  const interactive = requests.filter(({ lane, batch }) => lane === "interactive" && !batch).length / requests.length;
  // Used within ten seconds: all of it; after ten minutes: nothing. Where nobody says when, the lane stands for it.
  const soon =
    waitMs === null ? interactive : Math.min(1, Math.max(0, 1 - Math.log10(Math.max(1, waitMs / 10_000)) / Math.log10(60)));
  return {
    value: clamp(50 * streamed + 30 * interactive + 20 * soon),
    because: [
      `${percent(streamed)} are streamed`,
      `${percent(interactive)} are in the interactive lane`,
      waitMs === null ? "when answers are used is not known" : `answers are used after ${formatWait(waitMs)} (median)`,
    ],
  };
}

const formatWait = (ms: number) => (ms < 60_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`);

function suggestions(repetition: number | null, complexity: number | null, latency: number | null): string[] {
  const found: string[] = [];
  if (repetition !== null && repetition >= 40) found.push("Cache: answers or beginnings repeat.");
  if (complexity !== null && complexity < 25) found.push("A small model: the work is simple.");
  else if (complexity !== null && complexity < 50) found.push("Small model first: some of the work is simple.");
  if (latency !== null && latency < 35) found.push("Batch lane or spot: nobody waits.");
  if (latency !== null && latency >= 80) found.push("Guard latency: people watch it arrive.");
  if (found.length === 0 && complexity !== null) found.push("Keep the model; look at the length of prompts and answers.");
  return found;
}
