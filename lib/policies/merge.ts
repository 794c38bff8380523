/** Which policy applies here: layers from broad to narrow, key by key, and which layer said what. */
import { flatten, isBranch, overlay, treeOf, type LayerTree } from "./layer-tree";
import {
  ENGINE_SCOPE_LEVELS,
  gatewayPolicySchema,
  SCOPE_LEVELS,
  wholeEngineSchema,
  type AnyScope,
  type EngineLayer,
  type EnginePolicy,
  type EngineScope,
  type GatewayPolicy,
  type PolicyLayer,
  type Scope,
} from "./schemas";

/** Where a request comes from. A part that is not known matches no layer of that level. */
export interface PolicyPlace {
  environment: string | null;
  tenant: string | null;
  endpoint: string | null;
}

export interface AppliedPolicy {
  effective: GatewayPolicy;
  /** JSON pointer of each leaf that a layer sets → its scope. A leaf that is not named has the product's default. */
  provenance: Record<string, Scope>;
}

/** Throws a ZodError when the layers together are not a whole policy; `checkPolicyFile` finds that beforehand. */
export function effectivePolicy(layers: readonly PolicyLayer[], place: PolicyPlace): AppliedPolicy {
  const { document, provenance } = mergeLayers(layers.filter((layer) => appliesTo(layer.scope, place)));
  return { effective: gatewayPolicySchema.parse(document), provenance };
}

export interface AppliedEnginePolicy {
  effective: EnginePolicy;
  /** Only what a layer says: what an engine is told. The rest is the engine's own default. */
  stated: Record<string, unknown>;
  provenance: Record<string, EngineScope>;
}

/** Throws a ZodError when the layers together are not a whole engine policy. */
export function effectiveEngine(
  layers: readonly EngineLayer[],
  place: { pool: string | null; node: string | null },
): AppliedEnginePolicy {
  const { document, provenance } = mergeLayers(layers.filter(({ scope }) => place[scope.level] === scope.value));
  const { engine } = wholeEngineSchema.parse(document);
  return { effective: engine, stated: isBranch(document["engine"]) ? document["engine"] : {}, provenance };
}

/** The merged document as the layers wrote it: no defaults, not checked. */
export function mergeLayers<S extends AnyScope>(
  layers: readonly { scope: S; policies: object }[],
): { document: Record<string, unknown>; provenance: Record<string, S> } {
  const nothing: LayerTree<S> = { kind: "branch", clears: false, children: new Map() };
  const ordered = [...layers].sort((a, b) => rank(a.scope) - rank(b.scope));
  return flatten(ordered.map((layer) => treeOf({ ...layer.policies }, layer.scope)).reduce(overlay, nothing));
}

/** Gateway and engine scopes never meet in one policy; one order is enough for both. */
const NARROWING: readonly AnyScope["level"][] = [...SCOPE_LEVELS, ...ENGINE_SCOPE_LEVELS];
export const rank = (scope: AnyScope) => NARROWING.indexOf(scope.level);

function appliesTo(scope: Scope, place: PolicyPlace): boolean {
  return scope.level === "global" || place[scope.level] === scope.value;
}

/**
 * The same answer as `effectivePolicy`, remembered per set of layers that apply. Tenant and endpoint come from clients,
 * so what is remembered is bounded by the scopes that the layers name, not by what clients send.
 */
export function policyReader(
  layers: readonly PolicyLayer[],
  environment: string | null,
): (place: Omit<PolicyPlace, "environment">) => AppliedPolicy {
  const named = (level: Scope["level"]) => new Set(layers.filter((l) => l.scope.level === level).map((l) => l.scope.value));
  const tenants = named("tenant");
  const endpoints = named("endpoint");
  const known = new Map<string, AppliedPolicy>();
  return ({ tenant, endpoint }) => {
    const place = {
      environment,
      tenant: tenants.has(tenant) ? tenant : null,
      endpoint: endpoints.has(endpoint) ? endpoint : null,
    };
    const key = JSON.stringify([place.tenant, place.endpoint]);
    const found = known.get(key) ?? effectivePolicy(layers, place);
    known.set(key, found);
    return found;
  };
}
