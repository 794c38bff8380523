/**
 * What a target is to be sent: policies in, payload or refusals out. Pure, so the preview says what publishing does.
 * CONNECTORS in lib/protocol is the list of kinds; each has one renderer here.
 */
import { z } from "zod";
import type { Connector } from "@/lib/protocol/connectors";
import type { Payload } from "@/lib/protocol/payload";
import { effectiveEngine, effectivePolicy, rank } from "../merge";
import type { EngineLayer, PolicyLayer } from "../schemas";
import { missingCapabilities } from "./check-capabilities";
import { renderEngine } from "./engine";
import { renderFile } from "./file";
import { renderHeadroomGateway } from "./headroom-gateway";
import { renderLitellm } from "./litellm";
import { renderPortkey } from "./portkey";
import type { PolicySet, RenderInput, Renderer, RenderTarget } from "./target";
import { renderVllmRouter } from "./vllm-router";
import { renderWebhook } from "./webhook";

export type RenderedTarget =
  | { kind: "payload"; payload: Payload; warnings: string[] }
  | { kind: "refused"; refusals: string[] }
  /** No policy concerns this target: it keeps what it runs from. */
  | { kind: "nothing" };

const RENDERERS: Record<Connector, Renderer> = {
  "headroom-gateway": renderHeadroomGateway,
  engine: renderEngine,
  litellm: renderLitellm,
  "vllm-router": renderVllmRouter,
  portkey: renderPortkey,
  file: renderFile,
  webhook: renderWebhook,
};

/** Their renderers know what they can do and refuse by key; what an engine can do is a matter of its hardware. */
const REFUSE_BY_THEMSELVES: ReadonlySet<Connector> = new Set(["engine", "litellm", "vllm-router", "portkey"]);

export function renderFor(target: RenderTarget, policies: PolicySet): RenderedTarget {
  const layers = layersOf(target, policies.gateway);
  const engineLayers = engineLayersOf(target, policies.engine);
  if ((target.connector === "engine" ? engineLayers : layers).length === 0) return { kind: "nothing" };
  const refusals = REFUSE_BY_THEMSELVES.has(target.connector) ? [] : missingCapabilities(layers, target.capabilities);
  const input = refusals.length > 0 ? { refusals } : wholeInput(target, layers, engineLayers);
  if ("refusals" in input) return { kind: "refused", refusals: input.refusals };
  const rendering = RENDERERS[target.connector](input);
  if ("refusals" in rendering) return { kind: "refused", refusals: rendering.refusals };
  const payload: Payload = { schema: 1, connector: target.connector, content: rendering.content };
  return { kind: "payload", payload, warnings: rendering.warnings ?? [] };
}

/** Layers that are no whole policy were refused when they were saved; this is for what was saved before a stricter schema. */
function wholeInput(
  target: RenderTarget,
  layers: PolicyLayer[],
  engineLayers: EngineLayer[],
): RenderInput | { refusals: string[] } {
  try {
    return {
      target,
      layers,
      policy: effectivePolicy(layers, { environment: target.environment, tenant: null, endpoint: null }).effective,
      engine: engineLayers.length > 0 ? effectiveEngine(engineLayers, { pool: target.pool, node: target.name }) : null,
    };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return { refusals: error.issues.map((issue) => `/${issue.path.join("/")}: ${issue.message}`) };
  }
}

/** In one order, whatever the database gave: the hash of a payload must not depend on it. */
function layersOf(target: RenderTarget, layers: readonly PolicyLayer[]): PolicyLayer[] {
  return layers
    .filter(({ scope }) => scope.level !== "environment" || scope.value === target.environment)
    .sort((a, b) => rank(a.scope) - rank(b.scope) || ((a.scope.value ?? "") < (b.scope.value ?? "") ? -1 : 1));
}

function engineLayersOf(target: RenderTarget, layers: readonly EngineLayer[]): EngineLayer[] {
  return layers
    .filter(({ scope }) => scope.value === (scope.level === "pool" ? target.pool : target.name))
    .sort((a, b) => rank(a.scope) - rank(b.scope));
}
