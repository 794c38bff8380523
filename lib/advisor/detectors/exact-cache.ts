import { isResponseHit, replayCache, requestsOf, type RecordedRequest } from "../replay/cache-replay";
import type { Detection } from "../findings/finding";
import type { AdvisorInput } from "./input";
import { count, exploreLink, groupBy, number, partsOf, percent, ratio, requestsLink, sampled, words } from "./looking";
import { DailyShare, type ShareEstimate } from "./measured-share";

/** Repeated identical requests that nothing answers from a cache: played through one, at each time to live. */
const MIN_SHARE = 0.1;
const MIN_REQUESTS = 100;
const TTLS_SEC = [300, 3_600, 21_600, 86_400];
/** What changes with time is not kept longer than this. */
const TIME_SENSITIVE_TTL_SEC = 3_600;
/** A longer time to live must bring this much more. */
const WORTH_LONGER = 1.1;

export function detectExactCache(input: AdvisorInput): Detection[] {
  const requests = requestsOf(input.sample.events).filter(({ final }) => final.pool === null && !isResponseHit(final));
  return [...groupBy(requests, ({ final }) => final.endpoint)].flatMap(([endpoint, all]) => {
    const tenants = [...new Set(all.map(({ final }) => final.tenant))].filter((tenant) => mayCache(input, tenant, endpoint));
    const asked = all.filter(({ final }) => tenants.includes(final.tenant));
    if (asked.length < MIN_REQUESTS) return [];
    const timeSensitive = input.policyOf(null, endpoint).caching.traits.timeSensitive;
    const found = bestTtl(asked, timeSensitive ? TIME_SENSITIVE_TTL_SEC : Infinity);
    if (!found || found.estimate.share < MIN_SHARE) return [];
    const { ttlSec, hits, estimate } = found;
    const rows = input.traffic.filter((row) => row.endpoint === endpoint && tenants.includes(row.tenant));
    const hours = ttlSec >= 3_600 ? `${ttlSec / 3_600} h` : `${ttlSec / 60} min`;
    return [
      {
        lever: "exact_cache",
        scope: { endpoint },
        title: `${endpoint} answers the same questions again and again`,
        statement: `${number(hits)} of ${number(asked.length)} requests repeat one that the same tenant had answered within ${hours}, and no response cache is on. They are ${percent(estimate.share)} of what the endpoint costs.`,
        numbers: [
          ratio("Spend on repeats", estimate.share),
          count("Repeated requests", hits),
          count("Requests looked at", asked.length),
          words("Time to live", hours),
        ],
        links: [
          exploreLink("Cost and lookups in Explore", "cost_usd,requests,cache_lookups", "tenant", { endpoint }),
          requestsLink("The requests, dearest first", { endpoint }, { sort: "costliest" }),
        ],
        parts: partsOf(rows, estimate.low, estimate.high),
        basis: "measured",
        method: `The endpoint's own requests (${sampled(input)}) played through an exact cache with a time to live of ${hours}, tenants apart; 95 % interval over ${estimate.days} days.`,
        confidence: estimate.days >= 5 ? "high" : "medium",
        confidenceWhy: estimate.days >= 5 ? "Replayed on own requests of a week." : "Only a few days of requests.",
        prerequisites: [
          "Answers must not depend on who asks within a tenant.",
          ...(timeSensitive ? ["The endpoint is marked time-sensitive, so nothing is kept longer than an hour."] : []),
        ],
        remedy: {
          kind: "change",
          title: `Exact cache for ${endpoint}, ${hours}`,
          edits: [
            {
              kind: "caching",
              scope: { level: "endpoint", value: endpoint },
              patch: { exact: { enabled: true, ttlSec, scope: "tenant" } },
            },
          ],
        },
      },
    ];
  });
}

/** Off so far, and allowed: personalised answers would need a user, whom telemetry does not name. */
function mayCache(input: AdvisorInput, tenant: string, endpoint: string): boolean {
  const { exact, semantic, traits } = input.policyOf(tenant, endpoint).caching;
  return !exact.enabled && !semantic.enabled && !traits.personalised;
}

function bestTtl(
  requests: readonly RecordedRequest[],
  longestSec: number,
): { ttlSec: number; hits: number; estimate: ShareEstimate } | null {
  let best: { ttlSec: number; hits: number; estimate: ShareEstimate } | null = null;
  for (const ttlSec of TTLS_SEC.filter((ttl) => ttl <= longestSec)) {
    const share = new DailyShare();
    let hits = 0;
    for (const { request, outcome } of replayCache(requests, { ttlSec, scope: "tenant" })) {
      const hit = outcome === "hit";
      if (hit) hits += 1;
      share.add(request.startedAt, hit ? request.costNanoUsd : 0n, request.costNanoUsd);
    }
    const estimate = share.estimate();
    if (estimate && (!best || estimate.share > best.estimate.share * WORTH_LONGER)) best = { ttlSec, hits, estimate };
  }
  return best;
}
