/** Everything that is wrong where a draft meets other policies. What it cannot meet cannot have become worse. Pure. */
import { checkEngineLayers, type KnownNode } from "../check-engine";
import { checkPolicyFile, type FileProblem } from "../check-policy-file";
import type { PolicySet } from "../render";
import type { PolicyRef } from "./schemas";

/** `set`: with the drafts in it. Names of upstreams are in each gateway's own file; the gateway checks them. */
export function checkSet(set: PolicySet, nodes: readonly KnownNode[], drafts: readonly PolicyRef[]): FileProblem[] {
  const found = new Map<string, FileProblem>();
  for (const draft of drafts) {
    for (const problem of problemsAround(set, nodes, draft)) found.set(JSON.stringify(problem), problem);
  }
  return [...found.values()];
}

function problemsAround(set: PolicySet, nodes: readonly KnownNode[], { kind, scope }: PolicyRef): FileProblem[] {
  if (kind !== "engine") {
    const meeting = set.gateway.filter((layer) => layer.scope.level !== scope.level || layer.scope.value === scope.value);
    return checkPolicyFile({ schema: 1, layers: meeting }).problems;
  }
  const under = nodes.filter((node) => scope.value === (scope.level === "pool" ? node.pool : node.name));
  const names = new Set([scope.value, ...under.flatMap(({ name, pool }) => [name, pool])]);
  return checkEngineLayers(
    set.engine.filter((layer) => names.has(layer.scope.value)),
    under,
  );
}
