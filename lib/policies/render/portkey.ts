/**
 * Routes as one Portkey config: conditional on the model name, below it shares, below each share its fallbacks. Leaves
 * name an upstream of the agent's file; provider, key and host are put in there, so that no secret is in a payload.
 */
import { z } from "zod";
import { pointerTo } from "../layer-tree";
import type { Route } from "../schemas";
import { PORTKEY } from "./connector-abilities";
import { budgetWarning, refuseForeign, refuseSticky } from "./foreign-route";
import { sharesOf } from "./shares";
import type { Renderer } from "./target";

const name = z.string().min(1).max(300);
const codes = z.array(z.number().int().min(400).max(599)).min(1).max(50);
const retry = z.strictObject({ attempts: z.number().int().min(1).max(5), on_status_codes: codes });

const leafSchema = z.strictObject({
  upstream: name,
  override_params: z.strictObject({ model: name }),
  request_timeout: z.number().int().min(100).max(3_600_000).describe("Milliseconds"),
  retry: retry.optional(),
});
export type PortkeyLeaf = z.infer<typeof leafSchema>;

const chainSchema = z.strictObject({
  strategy: z.strictObject({ mode: z.literal("fallback"), on_status_codes: codes }),
  targets: z.array(leafSchema).min(2).max(21),
});

/** One share of a route: the target that serves, and who is asked when it fails. */
const branchSchema = z.strictObject({
  weight: z.number().int().min(1).max(10_000),
  serve: z.union([leafSchema, chainSchema]),
});
export type PortkeyBranch = z.infer<typeof branchSchema>;

export const portkeyContentSchema = z.strictObject({
  /** Model name as clients send it → its shares. */
  routes: z.record(name, z.array(branchSchema).min(1).max(50)),
});
export type PortkeyContent = z.infer<typeof portkeyContentSchema>;

/** Node's limit for all headers of a request together; the client's own need room too. */
export const LARGEST_CONFIG_HEADER_BYTES = 14_000;

export const renderPortkey: Renderer = (input) => {
  const refusals = refuseForeign(input, PORTKEY);
  const warnings: string[] = [];
  const content: PortkeyContent = { routes: {} };
  for (const [route, settings] of Object.entries(input.policy.routing.routes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = pointerTo("/routing/routes", route);
    refusals.push(...refuseSticky(settings, at, PORTKEY.name), ...refuseSettings(settings, at));
    warnings.push(...budgetWarning(settings, at, PORTKEY.name));
    if (settings.retry.attempts > 1)
      warnings.push(`${at}/retry/backoffMs: Portkey waits as it sees fit between tries, about 1 s.`);
    content.routes[route] = branchesOf(settings);
  }
  const bytes = new TextEncoder().encode(JSON.stringify(content)).length;
  if (bytes > LARGEST_CONFIG_HEADER_BYTES) {
    refusals.push(
      `/routing/routes: the whole configuration travels in one header, and ${bytes} bytes are more than ${LARGEST_CONFIG_HEADER_BYTES}. Use fewer routes or fallbacks here, or several Portkey gateways.`,
    );
  }
  return refusals.length > 0 ? { refusals } : { content: { ...content }, warnings };
};

function branchesOf(route: Route): PortkeyBranch[] {
  return [...sharesOf(route)].flatMap(([id, weight]) => {
    if (weight === 0) return [];
    const others = route.fallback.order.filter((other) => other !== id && route.targets[other]);
    const [first, ...rest] = [id, ...others].map((target) => leafOf(route, target));
    if (rest.length === 0) return { weight, serve: first! };
    return {
      weight,
      serve: { strategy: { mode: "fallback" as const, on_status_codes: codesOf(route) }, targets: [first!, ...rest] },
    };
  });
}

function leafOf(route: Route, id: string): PortkeyLeaf {
  const { upstream, model } = route.targets[id]!;
  const leaf: PortkeyLeaf = { upstream, override_params: { model }, request_timeout: route.timeoutMs };
  // Portkey counts the tries after the first one.
  if (route.retry.attempts > 1) leaf.retry = { attempts: route.retry.attempts - 1, on_status_codes: codesOf(route) };
  return leaf;
}

/** A timeout of Portkey's own is 408; an upstream that cannot be reached is a 5xx of Portkey's own. */
function codesOf(route: Route): number[] {
  const { on } = route.fallback;
  const server = [500, 502, 503, 504, 520, 522, 524, 529];
  return [...(on.includes("timeout") ? [408] : []), ...(on.includes("429") ? [429] : []), ...(on.includes("5xx") ? server : [])];
}

function refuseSettings(route: Route, at: string): string[] {
  const refusals: string[] = [];
  const { on, order } = route.fallback;
  const tries = order.length > 0 || route.retry.attempts > 1;
  if (tries && on.includes("5xx") !== on.includes("network")) {
    refusals.push(
      `${at}/fallback/on: for Portkey an upstream that cannot be reached is one that answers 5xx. Name both 5xx and network, or neither.`,
    );
  } else if (tries && codesOf(route).length === 0) {
    refusals.push(
      `${at}/fallback/on: no cause is named, so nothing would be tried again. Name one, or unset order and attempts.`,
    );
  }
  return refusals;
}
