/** Where a click on a number leads: one level deeper, and in the end to the requests. Pure. */
import type { Dimension } from "@/lib/metrics/dimensions";

/** From who pays, over what for, to what served it. */
const LEVELS: readonly Dimension[] = ["tenant", "endpoint", "modelServed"];
const NODE_LEVELS: readonly Dimension[] = ["pool", "node"];

export type DrillDown = { to: "explore"; by: Dimension[] } | { to: "requests" } | { to: "utilization" };

/**
 * `by`: what the number is grouped by; `fixed`: dimensions already narrowed to one value, the number's own included.
 * `node`: the number is about GPU nodes, which have no requests.
 */
export function drillDown(by: readonly Dimension[], fixed: ReadonlySet<Dimension>, node: boolean): DrillDown {
  const known = new Set([...fixed, ...by]);
  const next = (node ? NODE_LEVELS : LEVELS).find((dimension) => !known.has(dimension));
  if (next) return { to: "explore", by: [next] };
  return node ? { to: "utilization" } : { to: "requests" };
}
