/**
 * Routes as LiteLLM deployments: one model name, several deployments, integer weights. A target that is only a fallback
 * or a shadow has a model name of its own (`chat--small`), because LiteLLM falls back and mirrors from name to name.
 */
import { z } from "zod";
import { pointerTo } from "../layer-tree";
import type { Route } from "../schemas";
import { LITELLM } from "./connector-abilities";
import { budgetWarning, refuseForeign, refuseSticky } from "./foreign-route";
import { sharesOf } from "./shares";
import type { Renderer } from "./target";

const name = z.string().min(1).max(300);

const deploymentSchema = z.strictObject({
  group: name.describe("The model name that clients, fallbacks and mirrors use"),
  target: name.describe("Of the policy's route"),
  upstream: name.describe("Address and key are in the agent's file"),
  model: name,
  weight: z.number().int().min(1).max(10_000),
  timeoutSec: z.number().min(0.1).max(3_600),
  mirrorTo: name.nullable().describe("Model name that gets a copy of each request"),
});
export type LitellmDeployment = z.infer<typeof deploymentSchema>;

export const litellmContentSchema = z.strictObject({
  deployments: z.array(deploymentSchema).min(1).max(2_000),
  fallbacks: z.record(name, z.array(name).min(1).max(20)),
});
export type LitellmContent = z.infer<typeof litellmContentSchema>;

const ALL_CAUSES = 4;

export const renderLitellm: Renderer = (input) => {
  const { routes } = input.policy.routing;
  const refusals = refuseForeign(input, LITELLM);
  const warnings: string[] = [];
  const content: LitellmContent = { deployments: [], fallbacks: {} };
  for (const [route, settings] of Object.entries(routes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = pointerTo("/routing/routes", route);
    refusals.push(...refuseSticky(settings, at, LITELLM.name), ...refuseSettings(route, settings, at, routes));
    warnings.push(...budgetWarning(settings, at, LITELLM.name));
    addRoute(content, route, settings);
  }
  if (refusals.length > 0) return { refusals };
  content.deployments.sort((a, b) => (a.group + "\n" + a.target < b.group + "\n" + b.target ? -1 : 1));
  return { content: { ...content }, warnings };
};

/** The model name of a target that nobody asks for by name. */
const ownName = (route: string, target: string) => `${route}--${target}`;

function addRoute({ deployments, fallbacks }: LitellmContent, route: string, settings: Route): void {
  const mirrorTo = settings.shadow ? ownName(route, settings.shadow.target) : null;
  const add = (group: string, target: string, weight: number, mirror: string | null) => {
    const { upstream, model } = settings.targets[target]!;
    deployments.push({ group, target, upstream, model, weight, timeoutSec: settings.timeoutMs / 1_000, mirrorTo: mirror });
  };
  const shares = sharesOf(settings);
  for (const [target, parts] of shares) if (parts > 0) add(route, target, parts, mirrorTo);
  // The only one that serves is no fallback of itself.
  const order = settings.fallback.order.filter((target) => shares.size > 1 || !shares.has(target));
  const alone = [...order, ...(settings.shadow ? [settings.shadow.target] : [])];
  for (const target of new Set(alone)) if (settings.targets[target]) add(ownName(route, target), target, 1, null);
  if (order.length > 0) fallbacks[route] = order.map((target) => ownName(route, target));
}

function refuseSettings(route: string, settings: Route, at: string, routes: Readonly<Record<string, Route>>): string[] {
  const refusals: string[] = [];
  const refuse = (key: string, sentence: string) => void refusals.push(`${at}${key}: ${sentence}`);
  if (settings.fallback.order.length > 0 && settings.fallback.on.length < ALL_CAUSES) {
    refuse("/fallback/on", "LiteLLM falls back after every kind of failure. Leave `on` out, so that it names all of them.");
  }
  if (settings.fallback.order.length > 0 && route.includes("/")) {
    refuse(
      "/fallback/order",
      "LiteLLM cannot read back the fallbacks of a model name with a slash. Give the route a name without one.",
    );
  }
  if (settings.shadow && settings.shadow.sharePercent !== 100) {
    refuse(
      "/shadow/sharePercent",
      `LiteLLM mirrors every request or none, not ${settings.shadow.sharePercent} %. Set it to 100 or unset the shadow.`,
    );
  }
  if (settings.retry.attempts > 1) {
    refuse(
      "/retry/attempts",
      "LiteLLM retries by its own router_settings.num_retries, for all models alike. Leave it at 1 and set that there.",
    );
  }
  const taken = Object.keys(settings.targets).find((target) => Object.hasOwn(routes, ownName(route, target)));
  if (taken !== undefined) {
    refuse(
      pointerTo("/targets", taken),
      `its own model name in LiteLLM would be ${ownName(route, taken)}, which is a route. Rename one of them.`,
    );
  }
  return refusals;
}
