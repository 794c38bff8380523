/** Where the newest order stands at one target. Pure. */
import { DRIFT_POLLS, isBlocked, type Order, type SyncState } from "./decide-sync";
import type { Liveness, RolloutState } from "./schemas";

export interface Standing {
  desired: Order | null;
  running: { generation: number; hash: string } | null;
  attempt: { generation: number; hash: string; status: string } | null;
  verdict: SyncState["verdict"];
  driftPolls: number;
  offeredGeneration: number | null;
  liveness: Liveness;
}

export function rolloutState(standing: Standing): RolloutState {
  const { desired, running, attempt, liveness } = standing;
  if (!desired) return "none";
  const runs = running?.generation === desired.generation && running.hash === desired.hash;
  const ofThis = attempt?.generation === desired.generation && attempt.hash === desired.hash ? attempt.status : null;
  if (runs && standing.driftPolls >= DRIFT_POLLS) return "drifted";
  if (isBlocked(desired, standing.verdict)) return standing.verdict?.status === "refused" ? "refused" : "failed";
  if (runs) return "healthy";
  if (liveness !== "online") return "unreachable";
  if (ofThis === "applying" || ofThis === "warming") return ofThis;
  return standing.offeredGeneration === desired.generation ? "offered" : "pending";
}
