/** Weights and canary of a route as one list of shares, for systems that know only weights. */
import { splitLargestRemainder } from "@/lib/money";
import type { Route } from "../schemas";

/** What a whole route is divided into: a share is a count of these, 0.01 % each. */
export const PARTS = 10_000;

/**
 * Target → parts, adding up to PARTS; targets that nobody is sent to are left out. The canary has its percentage, the
 * others divide the rest by weight. A target with a weight too small for one part has 0: the caller refuses it.
 */
export function sharesOf(route: Route): Map<string, number> {
  const canary = route.canary && route.canary.sharePercent > 0 ? route.canary : null;
  const ids = Object.keys(route.targets)
    .filter((id) => id !== route.canary?.target && route.targets[id]!.weight > 0)
    .sort();
  const forCanary = canary ? Math.round(canary.sharePercent * (PARTS / 100)) : 0;
  // Weights may have decimals; millionths are more than enough and stay exact as integers.
  const weights = ids.map((id) => BigInt(Math.max(1, Math.round(route.targets[id]!.weight * 1_000_000))));
  const parts = ids.length > 0 ? splitLargestRemainder(BigInt(PARTS - forCanary), weights) : [];
  const shares = new Map(ids.map((id, index): [string, number] => [id, Number(parts[index])]));
  if (canary) shares.set(canary.target, forCanary);
  return shares;
}
