/**
 * May a fleet server sign this order? Only what somebody let loose: a rollout of a change that enough others approved (or
 * whose glass was broken), before or after; or versions in force that came about so, or with the product itself.
 *
 *   order ─ is it in the audit chain as it stands? ─► rollout ─► its change approved? ─► bytes that it stored for this target?
 *                                                 └─► policies ─► each of them approved, seeded, or from before?
 *
 * Whoever writes past the product into the tables has none of it. Pure.
 */
import { canonicalHash } from "@/lib/protocol/canonical";
import type { Payload } from "@/lib/protocol/payload";
import { payloadOf } from "../control/payload-of";

export interface Approval {
  quorum: number;
  /** By people who did not work on it, of this content. */
  approvals: number;
  brokeGlass: boolean;
}

export interface OrderFacts {
  generation: number;
  hash: string;
  /** As the log of orders has it; null: there is no such order. */
  logged: { hash: string; leaseTtlSec: number | null; forced: boolean } | null;
  leaseTtlSec: number | null;
  forced: boolean;
  /** From before orders said what allows them: new ones cannot be so. */
  isEarlier: boolean;
  /** The event of the chain that the order names has target, generation and hash. */
  inAuditChain: boolean;
  rollout:
    | (Approval & {
        id: string;
        strategy: string;
        sharesPercent: readonly number[];
        /** Of this target; null: the rollout is not about it. */
        stored: { stableHash: string | null; finalHash: string | null; stable: Payload | null; final: Payload | null } | null;
        /** Only when it is neither of the two. */
        payload: Payload | null;
      })
    | null;
  policies: readonly { name: string; origin: string | null; change: Approval | null }[] | null;
}

/** Null: it may be signed. */
export function whyUnsigned(order: OrderFacts): string | null {
  const { logged, rollout, policies } = order;
  if (!logged) return "It is not in the log of orders.";
  if (logged.hash !== order.hash || logged.leaseTtlSec !== order.leaseTtlSec || logged.forced !== order.forced) {
    return "It is not what the log of orders says.";
  }
  if (order.isEarlier) return null;
  if (!order.inAuditChain) return "The audit chain does not know it.";
  if (rollout)
    return (
      approvalMissing(rollout) ?? (isOfRollout(order.hash, rollout) ? null : "It is not what its change made of this target.")
    );
  if (!policies || policies.length === 0) return "Nothing is named that allows it.";
  for (const { name, origin, change } of policies) {
    if (origin === null) return `There is no ${name}.`;
    if (origin === "seed" || origin === "earlier") continue;
    const missing = change ? approvalMissing(change) : "It names no change.";
    if (missing) return `${name}: ${missing}`;
  }
  return null;
}

function approvalMissing({ approvals, quorum, brokeGlass }: Approval): string | null {
  return brokeGlass || (quorum >= 1 && approvals >= quorum)
    ? null
    : `Its change has ${approvals} of ${quorum} approvals, and nobody broke the glass.`;
}

function isOfRollout(
  hash: string,
  { id, strategy, sharesPercent, stored, payload }: NonNullable<OrderFacts["rollout"]>,
): boolean {
  if (!stored) return false;
  if (hash === stored.stableHash || hash === stored.finalHash) return true;
  // A trial of both: made again from the two, it must have the same hash.
  const share = (payload?.content["experiment"] as { sharePercent?: unknown } | undefined)?.sharePercent;
  if (typeof share !== "number" || !sharesPercent.includes(share)) return false;
  const mode = strategy === "shadow" ? "shadow" : "serve";
  const again = payloadOf({ run: "canary", sharePercent: share, mode }, stored, id);
  return again !== null && canonicalHash(again.payload) === hash;
}
