/**
 * Routes as the dynamic configuration of the vLLM production-stack router. It routes by the engines' own model name to
 * whichever engines serve it, all alike: a route is named like its model, and its one upstream is the list of engines.
 */
import { z } from "zod";
import { pointerTo } from "../layer-tree";
import type { Route } from "../schemas";
import { VLLM_ROUTER } from "./connector-abilities";
import { refuseForeign } from "./foreign-route";
import { sharesOf } from "./shares";
import type { Renderer } from "./target";

const name = z.string().min(1).max(300);

export const vllmRouterContentSchema = z.strictObject({
  /** Sorted by model. Which engines an upstream has is in the agent's file. */
  models: z
    .array(z.strictObject({ model: name, upstream: name }))
    .min(1)
    .max(1_000),
  sticky: z.enum(["user", "tenant", "action"]).nullable().describe("What keeps its engine; null: round robin"),
});
export type VllmRouterContent = z.infer<typeof vllmRouterContentSchema>;

export const renderVllmRouter: Renderer = (input) => {
  const routes = Object.entries(input.policy.routing.routes).sort(([a], [b]) => (a < b ? -1 : 1));
  const refusals = refuseForeign(input, VLLM_ROUTER);
  const models: VllmRouterContent["models"] = [];
  const sticky = new Map<VllmRouterContent["sticky"], string>();
  for (const [route, settings] of routes) {
    const at = pointerTo("/routing/routes", route);
    refusals.push(...refuseSettings(settings, at));
    sticky.set(settings.sticky === "none" || settings.sticky === "request" ? null : settings.sticky, route);
    const served = [...sharesOf(settings).keys()][0];
    if (served === undefined) continue;
    const { model, upstream } = settings.targets[served]!;
    if (model !== route) {
      refusals.push(
        `${at}/targets/${served}/model: the vLLM router serves an engine under its own model name. Name the route "${model}", or start the engine with --served-model-name ${route} and say so here.`,
      );
    }
    models.push({ model, upstream });
  }
  if (sticky.size > 1) {
    const [one, other] = [...sticky.values()];
    refusals.push(
      `/routing/routes: the vLLM router has one way of routing for all models, and ${one} and ${other} differ in sticky. Set both to the same.`,
    );
  }
  if (refusals.length > 0) return { refusals };
  const content: VllmRouterContent = { models, sticky: [...sticky.keys()][0] ?? null };
  return { content: { ...content } };
};

function refuseSettings(settings: Route, at: string): string[] {
  const refusals: string[] = [];
  if (settings.retry.attempts > 1) {
    refusals.push(`${at}/retry/attempts: the vLLM router does not retry by its dynamic configuration. Leave it at 1.`);
  }
  if (settings.timeoutMs !== DEFAULT_TIMEOUT_MS) {
    refusals.push(`${at}/timeoutMs: the vLLM router has no timeout in its dynamic configuration. Leave it out.`);
  }
  return refusals;
}

/** Of the policy: what stands there when nobody said anything. */
const DEFAULT_TIMEOUT_MS = 120_000;
