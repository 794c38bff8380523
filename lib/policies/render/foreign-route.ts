/**
 * What a policy asks for and a foreign system cannot do, as sentences that name the key and say what to do. Refused and
 * never left out: half a policy that looks applied is worse than none.
 */
import type { Capability } from "@/lib/protocol/connectors";
import { pointerTo } from "../layer-tree";
import type { GatewayPolicy, Route } from "../schemas";
import type { ConnectorAbilities } from "./connector-abilities";
import { sharesOf } from "./shares";
import type { RenderInput } from "./target";

/** Where all of these can be done. */
const ELSEWHERE = "or put a Headroom gateway in front";

export function refuseForeign({ layers, policy }: RenderInput, system: ConnectorAbilities): string[] {
  const can = (capability: Capability) => (system.capabilities as readonly string[]).includes(capability);
  const refusals: string[] = [];
  const refuse = (key: string, why: string, instead: string) =>
    void refusals.push(`${key}: ${system.name} ${why}. ${instead}, ${ELSEWHERE}.`);

  for (const { scope, policies } of layers) {
    if ((scope.level === "tenant" || scope.level === "endpoint") && Object.keys(policies).length > 0) {
      refuse(
        `The policy of ${scope.level} ${scope.value}`,
        `has one configuration for everybody`,
        "Say it for the environment or globally",
      );
    }
  }
  if (Object.keys(policy.routing.routes).length === 0) {
    refusals.push(`/routing/routes: there is no route, so ${system.name} would have nothing to serve. Add a route.`);
  }
  if (Object.keys(policy.routing.rules).length > 0) {
    refuse("/routing/rules", "picks a route by the model name alone", "Remove the rules and let clients name the route");
  }
  for (const [name, route] of Object.entries(policy.routing.routes)) {
    const at = pointerTo("/routing/routes", name);
    for (const [key, why, instead] of routeProblems(route, can, system)) refuse(`${at}${key}`, why, instead);
  }
  for (const [key, why, instead] of otherProblems(policy)) refuse(key, why, instead);
  return refusals;
}

type Problem = [key: string, why: string, instead: string];

function* routeProblems(route: Route, can: (capability: Capability) => boolean, system: ConnectorAbilities): Generator<Problem> {
  const shares = sharesOf(route);
  if (route.cascade) yield ["/cascade", "does not judge answers", "Unset it and give one target the weight"];
  else if (shares.size > 1 && !can("weights")) {
    yield [
      route.canary ? "/canary" : "/targets",
      "spreads requests evenly and knows no weights",
      "Give one target all the weight; several engines of one model belong behind one upstream of the agent",
    ];
  } else if ([...shares.values()].some((parts) => parts === 0)) {
    const small = [...shares].find(([, parts]) => parts === 0)![0];
    yield [
      `${pointerTo("/targets", small)}/weight`,
      `takes no share below ${system.minWeightPercent} %`,
      "Raise it or set it to 0",
    ];
  }
  if (route.fallback.order.length > 0 && !can("fallback")) {
    yield ["/fallback/order", "does not try another target when one fails", "Unset it"];
  }
  if (route.shadow && !can("shadow")) yield ["/shadow", "does not mirror requests", "Unset it"];
  if (route.coalesce) yield ["/coalesce", "does not share one upstream call between requests", "Set it to false"];
  if (route.lane === "batch") yield ["/lane", "has no background lane", "Set it to interactive"];
  if (route.firstTokenTimeoutMs !== null) {
    yield ["/firstTokenTimeoutMs", "has no timeout for the first token", "Unset it and use timeoutMs"];
  }
}

function* otherProblems({ caching, tokens, batching }: GatewayPolicy): Generator<Problem> {
  for (const layer of ["exact", "semantic", "retrieval"] as const) {
    if (!caching[layer].enabled) continue;
    yield [`/caching/${layer}/enabled`, "cannot cache by tenant and prompt version as this asks", "Set it to false"];
  }
  for (const key of ["maxOutputTokens", "maxInputTokens", "responseFormat"] as const) {
    if (tokens[key] !== null) yield [`/tokens/${key}`, "enforces no such limit on requests", "Unset it"];
  }
  if (tokens.stop.length > 0) yield ["/tokens/stop", "adds no stop words to requests", "Unset it"];
  for (const part of ["embeddings", "background"] as const) {
    if (batching[part].enabled) yield [`/batching/${part}/enabled`, "does not batch requests", "Set it to false"];
  }
}

/** Both gateways draw anew for each request: who asks plays no part. */
export function refuseSticky(route: Route, at: string, name: string): string[] {
  if (route.sticky === "none" || route.sticky === "request" || sharesOf(route).size < 2) return [];
  return [
    `${at}/sticky: ${name} draws anew for each request, so nobody would keep their target. Set sticky to request, ${ELSEWHERE}.`,
  ];
}

/** Said in the preview where retries happen, since no foreign system counts them against a budget. */
export function budgetWarning(route: Route, at: string, name: string): string[] {
  if (route.fallback.order.length === 0 && route.retry.attempts === 1) return [];
  return [`${at}/retry/budgetPercent: ${name} keeps no retry budget; the ${route.retry.budgetPercent} % are not enforced there.`];
}
