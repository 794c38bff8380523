/** Which versions a target's configuration is made of: what fleet servers look up before they sign. Pure. */
import type { PolicyCitation } from "@/lib/fleet";
import { isReached } from "./render-targets";
import type { PolicyRef } from "./schemas";
import type { StoredTarget } from "./store";

export function citationsFor(target: StoredTarget, heads: readonly (PolicyRef & { version: number })[]): PolicyCitation[] {
  return heads
    .filter((head) => isReached(target, head))
    .map(({ kind, scope, version }) => ({ kind, level: scope.level, value: scope.value ?? "", version }));
}
