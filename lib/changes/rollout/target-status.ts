/** What a target says, as a rollout sees it: whether what is wanted of it is what it runs. */
import { rolloutState, type Standing } from "@/lib/fleet/rollout-state";
import type { TargetFact } from "./decide";

export interface TargetReport extends Standing {
  /** False: revoked or quarantined. */
  active: boolean;
  /** False: it cannot take this kind of change, and was left out when the change was drafted. */
  capable: boolean;
}

export function statusOf(report: TargetReport): TargetFact["status"] {
  if (!report.capable) return "skipped";
  if (!report.active) return "unreachable";
  const state = rolloutState(report);
  switch (state) {
    case "none":
    case "offered":
      return "pending";
    case "warming":
      return "applying";
    // Whoever cannot be heard may have stopped running it since.
    case "healthy":
      return report.liveness === "offline" ? "unreachable" : "healthy";
    default:
      return state;
  }
}
