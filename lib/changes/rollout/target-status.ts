/** What a target says, as a rollout sees it: whether what is wanted of it is what it runs. */
import type { Liveness, RolloutState as OrderState } from "@/lib/fleet/schemas";
import type { TargetFact } from "./decide";

export interface TargetReport {
  /** False: revoked or quarantined. */
  active: boolean;
  /** False: it cannot take this kind of change, and was left out when the change was drafted. */
  capable: boolean;
  /** Whether this step wants the change on it. */
  inStep: boolean;
  liveness: Liveness;
  /** Where the newest order stands there. */
  order: OrderState;
}

export function statusOf({ active, capable, inStep, liveness, order }: TargetReport): TargetFact["status"] {
  if (!capable) return "skipped";
  if (!active) return "unreachable";
  switch (order) {
    case "none":
      // Never ordered anything: it runs what it ran.
      if (!inStep) return liveness === "online" ? "healthy" : "unreachable";
      return "pending";
    case "offered":
      return "pending";
    case "warming":
      return "applying";
    // Whoever cannot be heard may have stopped running it since.
    case "healthy":
      return liveness === "offline" ? "unreachable" : "healthy";
    default:
      return order;
  }
}
