/** What a target says, as a rollout sees it: whether what is wanted of it is what it runs. */
import type { AttemptStatus } from "@/lib/protocol/sync";
import type { TargetFact } from "./decide";

export interface TargetReport {
  /** False: revoked or quarantined. */
  active: boolean;
  online: boolean;
  /** False: it cannot take this kind of change, and was left out when the change was drafted. */
  capable: boolean;
  /** The newest order. */
  desired: { generation: number; hash: string };
  running: { generation: number; hash: string } | null;
  /** Read back from what really runs; null: cannot be read. */
  effectiveHash: string | null;
  attempt: { generation: number; status: AttemptStatus } | null;
  /** The newest finished try of the desired content. */
  verdict: AttemptStatus | null;
}

export function statusOf(report: TargetReport): TargetFact["status"] {
  if (!report.capable) return "skipped";
  if (!report.active || !report.online) return "unreachable";
  const { desired, running, effectiveHash, attempt, verdict } = report;
  const runs = running !== null && running.generation >= desired.generation && running.hash === desired.hash;
  // "Applied" is what was read back, not what was written.
  if (runs) return effectiveHash === null || effectiveHash === desired.hash ? "healthy" : "drifted";
  if (verdict === "failed" || verdict === "refused") return verdict;
  const busy = attempt?.status === "applying" || attempt?.status === "warming";
  return busy && attempt.generation === desired.generation ? "applying" : "pending";
}
