/**
 * Who answers a request. Pure: the same policy, request, hash and random numbers give the same plan, in the gateway and
 * in the preview.
 *
 *   rules (lowest priority number first) → route → canary? → cascade? → weights → fallback order → shadow
 *
 * Splits are sticky: the hash of (route, who) decides. A canary takes everybody whose hash is below its share, so a
 * larger share only adds people. Weights use the exponential race (weighted rendezvous): raising the weight of one
 * target only moves people to that target, never between two others.
 */
import type { Route, RouteTarget, RoutingPolicy, RoutingRule } from "./schemas";

export interface RoutingRequest {
  requestId: string;
  tenant: string;
  endpoint: string;
  user: string | null;
  actionId: string | null;
  /** The model name as the client sent it; usually the name of a route. */
  model: string;
  inputTokens: number;
  hasTools: boolean;
  stream: boolean;
  taskType: string | null;
}

export interface Chance {
  /** Text → [0, 1), the same everywhere: `stableShare`. */
  hash: (text: string) => number;
  /** [0, 1), for routes that are not sticky. */
  random: () => number;
}

export interface PlannedTarget extends RouteTarget {
  id: string;
}

export interface RoutePlan {
  route: string;
  /** The rule that chose the route; null when the client's model name is the route. */
  rule: string | null;
  /** In the order in which they are to be tried. The first one serves unless it fails. Never empty. */
  targets: PlannedTarget[];
  variant: "control" | "canary";
  lane: "interactive" | "batch";
  /** A copy goes here too and its answer is thrown away. */
  shadow: PlannedTarget | null;
  /** Set when the first target's answer is to be judged, and who answers if it is not good enough. */
  cascade: { escalateTo: PlannedTarget; when: NonNullable<Route["cascade"]>["when"] } | null;
  /** Retry, fallback causes, timeouts, coalescing: as the policy says. */
  settings: Route;
  /** The steps of the decision, in words. */
  why: string[];
}

/** `refusal` says why nobody can answer, for the client. */
export type Pick = RoutePlan | { refusal: string };

export function pick(routing: RoutingPolicy, request: RoutingRequest, chance: Chance): Pick {
  const why: string[] = [];
  const rule = firstRule(routing, request);
  const name = rule?.rule.route ?? request.model;
  const route = own(routing.routes, name);
  if (rule) why.push(`rule ${rule.id} sends it to ${name}`);
  if (!route) return { refusal: `There is no route ${JSON.stringify(name)} here. Ask GET /v1/models for the names.` };
  if (!rule) why.push(`the client asked for ${name}`);

  const draw = drawer(name, route, request, chance, why);
  const canary = inCanary(route, draw, why);
  const first = canary ?? cascadeFirst(route, request, why) ?? byWeight(route, draw, why);
  if (!first) return { refusal: `Route ${JSON.stringify(name)} has no target with a weight above 0.` };

  const fallbacks = route.fallback.order.flatMap((id) => (id === first.id ? [] : (targetOf(route, id) ?? [])));
  if (fallbacks.length > 0) why.push(`if it fails: ${fallbacks.map((target) => target.id).join(", ")}`);
  return {
    route: name,
    rule: rule?.id ?? null,
    targets: [first, ...fallbacks],
    variant: canary ? "canary" : "control",
    lane: route.lane,
    shadow: inShadow(route, first, draw, why),
    cascade: canary ? null : cascadeOf(route, first, request),
    settings: route,
    why,
  };
}

// Names come from clients: `constructor` must not find Object's.
const own = <T>(map: Record<string, T>, key: string): T | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);

function targetOf(route: Route, id: string): PlannedTarget | undefined {
  const target = own(route.targets, id);
  return target && { id, ...target };
}

function firstRule(routing: RoutingPolicy, request: RoutingRequest): { id: string; rule: RoutingRule } | undefined {
  return Object.entries(routing.rules)
    .map(([id, rule]) => ({ id, rule }))
    .sort((a, b) => a.rule.priority - b.rule.priority || (a.id < b.id ? -1 : 1))
    .find(({ rule }) => matches(rule.when, request, routing));
}

function matches(when: RoutingRule["when"], request: RoutingRequest, routing: RoutingPolicy): boolean {
  const route = Object.hasOwn(routing.routes, request.model) ? request.model : null;
  return (
    fits(when.endpoint, request.endpoint) &&
    fits(when.tenant, request.tenant) &&
    fits(when.route, route) &&
    fits(when.model, request.model) &&
    fits(when.taskType, request.taskType) &&
    request.inputTokens >= (when.minInputTokens ?? 0) &&
    request.inputTokens <= (when.maxInputTokens ?? Infinity) &&
    (when.hasTools ?? request.hasTools) === request.hasTools &&
    (when.stream ?? request.stream) === request.stream
  );
}

function fits(pattern: string | undefined, value: string | null): boolean {
  if (pattern === undefined) return true;
  if (value === null) return false;
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

type Draw = (purpose: string) => number;

/** A number per purpose: from the hash of who asks when the route is sticky, else a random one. */
function drawer(name: string, route: Route, request: RoutingRequest, chance: Chance, why: string[]): Draw {
  if (route.sticky === "none") return chance.random;
  const who = { request: request.requestId, user: request.user, tenant: request.tenant, action: request.actionId }[route.sticky];
  if (who === null) why.push(`sticky by ${route.sticky}, but the request names none: by request`);
  // A user id is only unique within its tenant.
  const key = who === null ? ["request", request.requestId] : [route.sticky, route.sticky === "user" ? request.tenant : "", who];
  return (purpose) => chance.hash(JSON.stringify([name, purpose, ...key]));
}

function inCanary(route: Route, draw: Draw, why: string[]): PlannedTarget | undefined {
  if (!route.canary) return undefined;
  // The target is part of the hash: the next canary is tried on other people.
  const chosen = draw(`canary:${route.canary.target}`) * 100 < route.canary.sharePercent;
  why.push(
    chosen
      ? `in the canary share of ${route.canary.sharePercent} %`
      : `outside the canary share of ${route.canary.sharePercent} %`,
  );
  return chosen ? targetOf(route, route.canary.target) : undefined;
}

function cascadeFirst(route: Route, request: RoutingRequest, why: string[]): PlannedTarget | undefined {
  if (!route.cascade) return undefined;
  const id = request.stream ? route.cascade.escalateTo : route.cascade.first;
  why.push(request.stream ? `a stream cannot be judged before it is sent: ${id} answers` : `cascade: ${id} first`);
  return targetOf(route, id);
}

function cascadeOf(route: Route, first: PlannedTarget, request: RoutingRequest): RoutePlan["cascade"] {
  if (!route.cascade || request.stream || first.id !== route.cascade.first) return null;
  const escalateTo = targetOf(route, route.cascade.escalateTo);
  return escalateTo ? { escalateTo, when: route.cascade.when } : null;
}

/** While a canary runs, its target gets its share and nothing by weight. */
function byWeight(route: Route, draw: Draw, why: string[]): PlannedTarget | undefined {
  const runners = Object.keys(route.targets)
    .filter((id) => id !== route.canary?.target && route.targets[id]!.weight > 0)
    .sort();
  let best: { id: string; time: number } | undefined;
  for (const id of runners) {
    const time = runners.length === 1 ? 0 : -Math.log(draw(`weight:${id}`)) / route.targets[id]!.weight;
    if (!best || time < best.time) best = { id, time };
  }
  if (!best) return undefined;
  const total = runners.reduce((sum, id) => sum + route.targets[id]!.weight, 0);
  why.push(
    runners.length === 1 ? `${best.id} is its only target` : `${best.id} by weight ${route.targets[best.id]!.weight} of ${total}`,
  );
  return targetOf(route, best.id);
}

function inShadow(route: Route, served: PlannedTarget, draw: Draw, why: string[]): PlannedTarget | null {
  if (!route.shadow || route.shadow.target === served.id) return null;
  if (draw(`shadow:${route.shadow.target}`) * 100 >= route.shadow.sharePercent) return null;
  why.push(`mirrored to ${route.shadow.target}`);
  return targetOf(route, route.shadow.target) ?? null;
}
