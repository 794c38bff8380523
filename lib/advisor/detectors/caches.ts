/** Caches beside the exact one: embeddings, answers to questions that mean the same, prefixes at the provider. */
import type { Meters } from "@/lib/telemetry/event";
import type { Detection } from "../findings/finding";
import { replayCache, requestsOf } from "../replay/cache-replay";
import type { AdvisorInput, SampleEvent } from "./input";
import {
  count,
  exploreLink,
  groupBy,
  isApiCall,
  number,
  pageLink,
  partsOf,
  percent,
  quantile,
  ratio,
  requestsLink,
  sampled,
  sumOf,
  tokens,
  tokensIn,
  words,
} from "./looking";
import { DailyShare } from "./measured-share";

const MIN_CALLS = 100;

// ── embeddings ───────────────────────────────────────────────────────────────────────────────────────────────────────

const DAY_SEC = 86_400;
const MIN_REPEATS = 0.1;

/** The same text embedded again: it has the same embedding in one version of the index. */
export function detectRetrievalCache(input: AdvisorInput): Detection[] {
  const calls = input.sample.events.filter(
    (event) => isApiCall(event) && event.meters.output === 0 && event.status === "success",
  );
  return [...groupBy(calls, ({ endpoint }) => endpoint)].flatMap(([endpoint, all]): Detection[] => {
    const open = requestsOf(all).filter(({ final }) => !input.policyOf(final.tenant, endpoint).caching.retrieval.enabled);
    if (open.length < MIN_CALLS) return [];
    const share = new DailyShare();
    let hits = 0;
    for (const { request, outcome } of replayCache(open, { ttlSec: DAY_SEC, scope: "tenant" })) {
      if (outcome === "hit") hits += 1;
      share.add(request.startedAt, outcome === "hit" ? request.costNanoUsd : 0n, request.costNanoUsd);
    }
    const estimate = share.estimate();
    if (!estimate || hits / open.length < MIN_REPEATS) return [];
    const models = new Set(open.map(({ final }) => final.modelServed));
    const rows = input.traffic.filter((row) => row.endpoint === endpoint && models.has(row.model));
    return [
      {
        lever: "retrieval_cache",
        scope: { endpoint },
        title: `${endpoint} embeds the same texts again`,
        statement: `${number(hits)} of ${number(open.length)} embedding calls repeat a text of the same day. A cache would answer them at once.`,
        numbers: [
          ratio("Repeated calls", hits / open.length),
          count("Calls looked at", open.length),
          ratio("Spend on them", estimate.share),
        ],
        links: [
          exploreLink("Embedding calls in Explore", "requests,cache_lookups,cost_usd", "tenant", { endpoint }),
          requestsLink("The calls", { endpoint }),
        ],
        parts: partsOf(rows, estimate.low, estimate.high),
        basis: "measured",
        method: `Own calls (${sampled(input)}) played through a cache of one day; 95 % interval over ${estimate.days} days.`,
        confidence: "high",
        confidenceWhy: "Replayed on own calls. Embeddings are cheap: it is as much about the wait as about the money.",
        prerequisites: ["Name the version of the index as the namespace, so that a new one begins with an empty cache."],
        remedy: {
          kind: "change",
          title: `Embedding cache for ${endpoint}`,
          edits: [
            {
              kind: "caching",
              scope: { level: "endpoint", value: endpoint },
              patch: { retrieval: { enabled: true, ttlSec: DAY_SEC, scope: "tenant" } },
            },
          ],
        },
      },
    ];
  });
}

// ── questions that mean the same ─────────────────────────────────────────────────────────────────────────────────────

const STRICT = 0.97;
const MIN_NEAR = 0.05;
/** A threshold that reuses nothing but the same text: near ones are counted from `borderline` on, and all are generated. */
const WATCHING = 1;

/**
 * Lookups that found an earlier question at least 0.97 alike and generated a new answer all the same. Only where senders
 * report the similarity; never on endpoints that are marked high-stakes, time-sensitive or personalised.
 */
export function detectSemanticCache(input: AdvisorInput): Detection[] {
  const calls = input.sample.events.filter((event) => isApiCall(event) && event.final);
  return [...groupBy(calls, ({ endpoint }) => endpoint)].flatMap(([endpoint, everything]): Detection[] => {
    // Gateways name a similarity only where something was near: a lookup without one found nothing.
    const all = everything.filter(({ cacheLayer }) => cacheLayer === "semantic");
    const { traits, semantic } = input.policyOf(null, endpoint).caching;
    if (all.length < MIN_CALLS || traits.highStakes || traits.timeSensitive || traits.personalised) return [];
    // On, and stricter than ours on purpose. At 1 it only watches: see WATCHING.
    if (semantic.enabled && semantic.threshold < WATCHING) return [];
    const share = new DailyShare();
    let near = 0;
    for (const event of everything) {
      const hit = event.cacheLayer === "semantic" && event.similarity !== null && event.similarity >= STRICT;
      if (hit) near += 1;
      share.add(event.occurredAt, hit ? event.costNanoUsd : 0n, event.costNanoUsd);
    }
    const estimate = share.estimate();
    if (!estimate || near / all.length < MIN_NEAR) return [];
    const embedding = semantic.embedding ?? embeddingTarget(input);
    const rows = input.traffic.filter((row) => row.endpoint === endpoint);
    return [
      {
        lever: "semantic_cache",
        scope: { endpoint },
        title: `Questions to ${endpoint} often mean the same`,
        statement: `${number(near)} of ${number(all.length)} lookups found an earlier question at least ${STRICT} alike and were answered anew.`,
        numbers: [
          ratio("Near duplicates", near / all.length),
          count("Lookups looked at", all.length),
          words("Threshold", String(STRICT)),
        ],
        links: [
          exploreLink("Lookups and false hits in Explore", "cache_hit_rate_semantic,semantic_false_hit_rate,cost_usd", "tenant", {
            endpoint,
          }),
          requestsLink("The requests", { endpoint }),
        ],
        parts: partsOf(rows, estimate.low * 0.5, estimate.high),
        basis: "measured",
        method: `Own lookups (${sampled(input)}) at a threshold of ${STRICT}; low: half of them turn out to be false hits or stale.`,
        confidence: "medium",
        confidenceWhy: "Alike is not the same: the false-hit rate decides, and it is sampled once the cache is on.",
        prerequisites: [
          "Nothing on this endpoint is high-stakes, personalised or changes within the hour.",
          "Watch the false-hit rate on the caching page.",
        ],
        remedy: embedding
          ? {
              kind: "change",
              title: `Semantic cache for ${endpoint}`,
              edits: [
                {
                  kind: "caching",
                  scope: { level: "endpoint", value: endpoint },
                  patch: { semantic: { enabled: true, threshold: STRICT, scope: "tenant", embedding } },
                },
              ],
            }
          : {
              kind: "task",
              title: `Name an embedding model for ${endpoint}`,
              steps: ["Choose an upstream and a model for embeddings in a semantic-cache change."],
              link: pageLink("Semantic cache", "/changes/new?template=semantic-cache"),
            },
      },
    ];
  });
}

function embeddingTarget(input: AdvisorInput): { upstream: string; model: string } | null {
  const routes = Object.entries(input.policyOf(null, null).routing.routes);
  const target = Object.values(routes.find(([name]) => /embed/i.test(name))?.[1].targets ?? {})[0];
  return target ? { upstream: target.upstream, model: target.model } : null;
}

// ── prefixes at the provider ─────────────────────────────────────────────────────────────────────────────────────────

const PREFIX_TTL_MS = 300_000;
/** Providers cache prefixes of at least so many tokens. */
const MIN_PREFIX_TOKENS = 1_024;
const CACHED_ENOUGH = 0.5;
const MIN_SAVING = 0.02;

/** A long prefix that comes again within minutes and is yet read at the full price. */
export function detectPromptCaching(input: AdvisorInput): Detection[] {
  const calls = input.sample.events.filter(
    (event) => isApiCall(event) && event.status === "success" && event.prefixHash !== null,
  );
  return [...groupBy(calls, ({ endpoint }) => endpoint)].flatMap(([endpoint, all]): Detection[] => {
    const whole = input.sample.events.filter((event) => event.endpoint === endpoint && isApiCall(event));
    const read = sumOf(whole, ({ meters }) => meters.cacheRead) / Math.max(1, sumOf(whole, tokensIn));
    if (all.length < MIN_CALLS || read >= CACHED_ENOUGH) return [];
    const lengths = new Map(
      [...groupBy(all, prefixKey)].map(([key, events]) => [
        key,
        Math.max(
          MIN_PREFIX_TOKENS,
          quantile(
            events.map(({ meters }) => meters.cacheRead + meters.cacheWrite5m),
            0.95,
          )!,
        ),
      ]),
    );
    const seen = new Map<string, number>();
    const share = new DailyShare();
    let [repeated, missed] = [0, 0];
    for (const event of all) {
      const key = prefixKey(event);
      const before = seen.get(key);
      seen.set(key, event.occurredAt);
      const again = before !== undefined && event.occurredAt - before <= PREFIX_TTL_MS;
      if (again) repeated += 1;
      const meters = again ? withPrefixRead(event.meters, lengths.get(key)!) : null;
      if (meters) missed += 1;
      const was = input.rate(event) ?? 0n;
      const is = meters ? (input.rate({ ...event, meters }) ?? was) : was;
      share.add(event.occurredAt, was > is ? was - is : 0n, was);
    }
    const estimate = share.estimate();
    if (!estimate || estimate.share < MIN_SAVING) return [];
    const length = quantile([...lengths.values()], 0.5)!;
    const models = new Set(all.map(({ modelServed }) => modelServed));
    const rows = input.traffic.filter((row) => row.endpoint === endpoint && models.has(row.model));
    return [
      {
        lever: "prompt_caching",
        scope: { endpoint },
        title: `${endpoint} pays the full price for a prefix that it repeats`,
        statement: `${percent(repeated / all.length)} of the calls begin like one of the five minutes before, and ${number(missed)} of them read the beginning uncached. About ${number(length)} tokens of it are stable; ${percent(read)} of the prompt tokens are read from the cache now.`,
        numbers: [
          ratio("Calls with a repeated prefix", repeated / all.length),
          tokens("Stable prefix", length),
          ratio("Prompt tokens read from the cache", read),
          ratio("Spend that caching would spare", estimate.share),
        ],
        links: [
          exploreLink("Cached tokens in Explore", "cache_hit_rate_tokens,tokens_input,tokens_cache_read", "tenant", { endpoint }),
          requestsLink("The requests", { endpoint }),
        ],
        parts: partsOf(rows, estimate.low, estimate.high),
        basis: "measured",
        method: `Repeated prefixes (${sampled(input)}) priced at the cached rate. The length of a prefix is what the provider has read of it before, at least ${number(MIN_PREFIX_TOKENS)} tokens.`,
        confidence: "medium",
        confidenceWhy: "A provider may still miss: its cache is shared and short-lived.",
        prerequisites: ["Everything that changes (date, user, question) stands behind what is stable."],
        watch: ["Prompt cache hit rate (tokens) of the endpoint"],
        remedy: {
          kind: "task",
          title: `Stable prefix first in prompts of ${endpoint}`,
          steps: [
            "Put system prompt, tools, examples and documents first, in the same order every time; date, ids and the question last.",
            "Mark the end of the stable part for providers that want it (cache_control), and keep calls of one prefix on one provider.",
            "Watch the prompt cache hit rate on the caching page.",
          ],
          link: pageLink("To the caching page", `/caching?endpoint=${encodeURIComponent(endpoint)}&range=7d`),
        },
      },
    ];
  });
}

const prefixKey = ({ tenant, modelServed, prefixHash }: SampleEvent) => JSON.stringify([tenant, modelServed, prefixHash]);

/** The same tokens with the prefix read from the cache; null: it was, or there is not that much to read. */
function withPrefixRead(meters: Meters, length: number): Meters | null {
  const more = Math.min(meters.input, length - meters.cacheRead);
  if (more < length / 2) return null;
  return { ...meters, input: meters.input - more, cacheRead: meters.cacheRead + more };
}

/** Calls of one endpoint that begin like another within five minutes; null: no prefixes are known. */
export function prefixRepetition(events: readonly SampleEvent[]): number | null {
  const known = events.filter((event) => event.prefixHash !== null);
  if (known.length === 0) return null;
  const seen = new Map<string, number>();
  const again = known.filter((event) => {
    const before = seen.get(prefixKey(event));
    seen.set(prefixKey(event), event.occurredAt);
    return before !== undefined && event.occurredAt - before <= PREFIX_TTL_MS;
  });
  return again.length / known.length;
}
