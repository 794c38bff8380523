/** What every target makes of a set of policies. Pure: the preview and publishing call the same. */
import { canonicalHash, canonicalText } from "@/lib/protocol/canonical";
import type { Payload } from "@/lib/protocol/payload";
import { MAX_PAYLOAD_BYTES } from "@/lib/protocol/sync";
import { renderFor, type PolicySet, type RenderedTarget, type RenderTarget } from "../render";
import type { PolicyRef, TargetOutcome } from "./schemas";
import type { StoredTarget } from "./store";

export interface RenderedFleet {
  outcomes: TargetOutcome[];
  /** hash → payload, once however many targets share it. */
  payloads: Map<string, Payload>;
}

export function renderTargets(targets: readonly StoredTarget[], policies: PolicySet): RenderedFleet {
  const payloads = new Map<string, Payload>();
  const render = renderedOnce(policies);
  const outcomes = targets.map((target): TargetOutcome => {
    const { id, name, connector, environment, pool, simulated } = target;
    const { rendered, hash } = render(target);
    const about = { id, name, connector, environment, pool, simulated };
    if (rendered.kind === "nothing") return { ...about, outcome: "nothing", hash: null, reasons: [], warnings: [] };
    if (rendered.kind === "refused")
      return { ...about, outcome: "refused", hash: null, reasons: rendered.refusals, warnings: [] };
    payloads.set(hash!, payloads.get(hash!) ?? rendered.payload);
    const outcome = hash === target.desiredHash ? "unchanged" : "changed";
    return { ...about, outcome, hash, reasons: [], warnings: rendered.warnings };
  });
  return { outcomes, payloads };
}

/** A thousand gateways of one environment are one rendering: what they are given does not depend on their names. */
function renderedOnce(policies: PolicySet) {
  const known = new Map<string, { rendered: RenderedTarget; hash: string | null }>();
  return ({ name, connector, environment, pool, capabilities, hardware }: RenderTarget) => {
    const own = connector === "headroom-gateway" ? [connector, environment, capabilities] : [name];
    const key = JSON.stringify(own);
    let one = known.get(key);
    if (!one) {
      const rendered = notTooLarge(renderFor({ name, connector, environment, pool, capabilities, hardware }, policies));
      one = { rendered, hash: rendered.kind === "payload" ? canonicalHash(rendered.payload) : null };
      known.set(key, one);
    }
    return one;
  };
}

/** Said before anybody approves it, not when it is ordered. */
function notTooLarge(rendered: RenderedTarget): RenderedTarget {
  if (rendered.kind !== "payload") return rendered;
  const bytes = Buffer.byteLength(canonicalText(rendered.payload));
  if (bytes <= MAX_PAYLOAD_BYTES) return rendered;
  return { kind: "refused", refusals: [`Its configuration would be ${bytes} bytes; targets take at most ${MAX_PAYLOAD_BYTES}.`] };
}

/** Whether what `ref` says can reach this target at all. */
export function isReached(target: StoredTarget, { kind, scope }: PolicyRef): boolean {
  if (kind === "engine") return scope.value === (scope.level === "pool" ? target.pool : target.name);
  return target.connector !== "engine" && (scope.level !== "environment" || scope.value === target.environment);
}
