/**
 * Recorded requests under other rules: each comes out with what it would have cost. Pure; the decisions are those of
 * production: `cacheKeyText` and `pick` of lib/policies, the rating of lib/pricing.
 */
import { cacheKeyText, pick, routingVersion, stableShare, type CachingPolicy, type RoutePlan } from "@/lib/policies";
import { POLICY_SCHEMAS, type GatewayPolicy, type RoutingPolicy } from "@/lib/policies/schemas";
import type { SampleEvent } from "../detectors/input";
import { isResponseHit, replayCache, requestsOf, type KeyOf, type RecordedRequest } from "./cache-replay";
import type { Scenario } from "./schemas";

export interface Played {
  request: RecordedRequest;
  affected: boolean;
  /** Null: it cannot be said, and nothing is changed. */
  afterNanoUsd: bigint | null;
}

export interface Production {
  policyOf: (tenant: string, endpoint: string) => GatewayPolicy;
  /** At the prices of its time; of scenario `prices` at the proposed ones. */
  rate: (event: SampleEvent) => bigint | null;
}

export function play(events: readonly SampleEvent[], scenario: Scenario, production: Production): Played[] {
  const requests = requestsOf(events);
  switch (scenario.kind) {
    case "cache":
      return playCache(requests, scenario, production);
    case "routing":
      return requests.map((request) => playRouting(request, scenario, production));
    case "cap":
    case "prices": {
      const byRequest = attemptsOf(events);
      return requests.map((request) =>
        playRates(request, byRequest.get(keyOfRequest(request.final)) ?? [], scenario, production),
      );
    }
  }
}

const keyOfRequest = ({ tenant, requestId }: SampleEvent) => `${tenant}\0${requestId}`;

function attemptsOf(events: readonly SampleEvent[]): Map<string, SampleEvent[]> {
  const byRequest = new Map<string, SampleEvent[]>();
  for (const event of events) {
    const own = byRequest.get(keyOfRequest(event));
    if (own) own.push(event);
    else byRequest.set(keyOfRequest(event), [event]);
  }
  return byRequest;
}

// ── cache ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function playCache(
  requests: RecordedRequest[],
  { ttlSec, scope }: Scenario & { kind: "cache" },
  { policyOf }: Production,
): Played[] {
  const keyOf = gatewayKey({ ttlSec, scope }, policyOf);
  return replayCache(requests, { ttlSec, scope }, keyOf).map(({ request, outcome }) => {
    const hit = outcome === "hit";
    return { request, affected: hit, afterNanoUsd: outcome === "unknown" ? null : hit ? 0n : request.costNanoUsd };
  });
}

/** The gateway's key, with the hash in the place of the content that telemetry does not keep. */
export function gatewayKey(cache: { ttlSec: number; scope: "tenant" | "public" }, policyOf: Production["policyOf"]): KeyOf {
  const policies = new Map<string, CachingPolicy>();
  const routings = new Map<string, string>();
  return (event, model) => {
    if (event.requestHash === null) return null;
    const place = JSON.stringify([event.tenant, event.endpoint]);
    let policy = policies.get(place);
    if (!policy) {
      const { caching } = policyOf(event.tenant, event.endpoint);
      policy = { ...caching, exact: { ...caching.exact, ...cache, enabled: true } };
      policies.set(place, policy);
    }
    let routing = routings.get(model);
    if (routing === undefined) routings.set(model, (routing = routingVersion(planOf(model))));
    const key = cacheKeyText(
      {
        body: { messages: [{ role: "user", content: event.requestHash }], route: event.route },
        model,
        routing,
        promptVersion: null,
        identity: { tenant: event.tenant, user: null },
      },
      policy,
    );
    return "refusal" in key ? null : key.text;
  };
}

/** A plan that leads to this one model: what a key needs to know of the routing. */
function planOf(model: string): RoutePlan {
  const plan = pick(routingTo(model, {}), requestFor(model, null), SURE);
  if ("refusal" in plan) throw new Error(plan.refusal);
  return plan;
}

// ── routing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const RULE = "replay";
const SURE = { hash: stableShare, random: () => 0 };

/** One rule in front of everything, and the one model that it leads to. */
function routingTo(model: string, when: object): RoutingPolicy {
  return POLICY_SCHEMAS.routing.parse({
    routes: { [RULE]: { targets: { [RULE]: { upstream: RULE, model, weight: 1 } } } },
    rules: { [RULE]: { priority: 0, when, route: RULE } },
  });
}

function requestFor(model: string, event: SampleEvent | null) {
  return {
    requestId: event?.requestId ?? "",
    tenant: event?.tenant ?? "",
    endpoint: event?.endpoint ?? "",
    user: null,
    actionId: event?.actionId ?? null,
    model,
    inputTokens: event ? tokensOf(event) : 0,
    hasTools: false,
    stream: event?.stream ?? false,
    taskType: null,
  };
}

const tokensOf = ({ meters }: SampleEvent) => meters.input + meters.cacheRead + meters.cacheWrite5m + meters.cacheWrite1h;

/** Whom the rule catches is decided by `pick`; what it costs there is the answer's own tokens at the other model. */
function playRouting(
  request: RecordedRequest,
  { when: { route, ...when }, model, provider }: Scenario & { kind: "routing" },
  { rate }: Production,
): Played {
  const { final } = request;
  const same: Played = { request, affected: false, afterNanoUsd: request.costNanoUsd };
  if (isResponseHit(final) || (route !== undefined && final.route !== route) || final.modelServed === model) return same;
  const plan = pick(routingTo(model, when), requestFor(final.route ?? final.modelRequested, final), SURE);
  if ("refusal" in plan || plan.rule !== RULE) return same;
  const after = rate({ ...final, provider, modelServed: model, modelRequested: model, pool: null });
  return after === null ? { ...same, afterNanoUsd: null } : { request, affected: true, afterNanoUsd: after };
}

// ── caps and prices ──────────────────────────────────────────────────────────────────────────────────────────────────

function playRates(
  request: RecordedRequest,
  attempts: readonly SampleEvent[],
  scenario: Scenario & { kind: "cap" | "prices" },
  { rate }: Production,
): Played {
  let [affected, after] = [false, 0n];
  for (const attempt of attempts) {
    const touched =
      scenario.kind === "cap"
        ? !isResponseHit(attempt) && attempt.meters.output > scenario.maxOutputTokens
        : !isResponseHit(attempt) && attempt.modelServed === scenario.model && attempt.provider === scenario.provider;
    if (!touched) {
      after += attempt.costNanoUsd;
      continue;
    }
    affected = true;
    const rated = rate(scenario.kind === "cap" ? capped(attempt, scenario.maxOutputTokens) : attempt);
    if (rated === null) return { request, affected: false, afterNanoUsd: null };
    after += rated;
  }
  return { request, affected, afterNanoUsd: after };
}

function capped(event: SampleEvent, most: number): SampleEvent {
  const { meters } = event;
  return { ...event, meters: { ...meters, output: Math.min(most, meters.output), reasoning: Math.min(most, meters.reasoning) } };
}
