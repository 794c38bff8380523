/**
 * Where a policy can do harm: `gateways:<environment>` and `pool:<id>`. In each, one change at most is rolled out at a
 * time. Pure.
 */
import { isReached } from "./render-targets";
import type { PolicyRef } from "./schemas";
import type { StoredTarget } from "./store";

/** Sorted, each once. Without a target the scope itself names what it would be. */
export function blastDomainsOf(refs: readonly PolicyRef[], targets: readonly StoredTarget[]): string[] {
  const domains = new Set<string>();
  for (const ref of refs) {
    const { level, value } = ref.scope;
    if (ref.kind === "engine" && level === "pool") domains.add(`pool:${value}`);
    if (ref.kind !== "engine" && level === "environment") domains.add(`gateways:${value}`);
    for (const target of targets) {
      if (!isReached(target, ref)) continue;
      domains.add(ref.kind === "engine" ? `pool:${target.pool ?? target.name}` : `gateways:${target.environment}`);
    }
  }
  return [...domains].sort();
}
