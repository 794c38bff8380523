import { usualGuardrails } from "@/lib/changes/describe/usual";
import type { Actor } from "@/lib/auth/actor";
import { nanoToUsd } from "@/lib/money";
import type { FindingState, FindingView } from "./schemas";
import { documentOf, type FindingRow } from "./store";

/** Numbers of several tenants are for those who may see all of them; GPUs are nobody's. */
export const maySee = ({ tenants }: Actor, owners: readonly string[]): boolean =>
  tenants === "all" || (owners.length > 0 && owners.every((owner) => tenants.includes(owner)));

export function viewFinding(row: FindingRow, adds: { low: bigint; high: bigint } | null): FindingView {
  const { savingLowNanoUsd, savingHighNanoUsd, parts: _parts, tenants: _tenants, ...said } = documentOf(row);
  return {
    ...said,
    id: row.id,
    state: row.state as FindingState,
    stateReason: row.stateReason,
    stateAt: row.stateAt.toISOString(),
    stateBy: row.stateByName,
    dismissedUntil: row.dismissedUntil?.toISOString() ?? null,
    savingLowUsd: nanoToUsd(BigInt(savingLowNanoUsd)),
    savingHighUsd: nanoToUsd(BigInt(savingHighNanoUsd)),
    addsLowUsd: adds && nanoToUsd(adds.low),
    addsHighUsd: adds && nanoToUsd(adds.high),
    guardrails: said.remedy.kind === "change" ? usualGuardrails(said.remedy.edits) : [],
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    change: row.change && { id: row.change.id, number: row.change.number, status: row.change.status },
  };
}
