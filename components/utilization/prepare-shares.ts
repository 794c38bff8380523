/** PREPARE: the allocation of a pool → lines that add up to its bill. Pure. */
import type { PoolAllocation } from "@/lib/allocation/schemas";
import { nanoToUsd, toNanoUsd } from "@/lib/money/nano";

export interface ShareLine {
  id: string;
  label: string;
  kind: "tenant" | "residual" | "idle";
  uncachedTokens: string | null;
  cachedTokens: string | null;
  decodeTokens: string | null;
  /** Part of the pool's work, 0..1. */
  workShare: number | null;
  /** Usage basis. */
  busyUsd: string | null;
  idleUsd: string | null;
  otherUsd: string | null;
  /** Allocation basis; for lines of nobody what they hold of the bill. */
  usd: string;
  /** Part of the pool's bill, 0..1: for the stacked bar. Null when the bill is zero. */
  billShare: number | null;
}

export interface ShareView {
  lines: ShareLine[];
  /** What the lines add up to. Null when lines of other tenants are left out. */
  billUsd: string | null;
}

/** Tenants by money, then what nobody's work explains, then idle of nobody: always there, even at zero. */
export function prepareShares({ tenants, bill }: PoolAllocation): ShareView {
  const total = bill ? toNanoUsd(bill.totalUsd) : 0n;
  const part = (usd: string) => (total === 0n ? null : Number(toNanoUsd(usd)) / Number(total));
  const nobody = { uncachedTokens: null, cachedTokens: null, decodeTokens: null, workShare: null, busyUsd: null, idleUsd: null };
  const lines: ShareLine[] = tenants.map((tenant) => ({
    id: `tenant:${tenant.tenant}`,
    label: tenant.tenant === "" ? "(not set)" : tenant.tenant,
    kind: "tenant",
    uncachedTokens: tenant.uncachedTokens,
    cachedTokens: tenant.cachedTokens,
    decodeTokens: tenant.decodeTokens,
    workShare: tenant.share === null ? null : Number(tenant.share),
    busyUsd: tenant.busyUsd,
    idleUsd: tenant.idleUsd,
    otherUsd: tenant.otherUsd,
    usd: tenant.allocatedUsd,
    billShare: part(tenant.allocatedUsd),
  }));
  // Totals are kept from a limited reader: then there are only the own lines.
  if (!bill) return { lines, billUsd: null };
  if (toNanoUsd(bill.residualUsd) !== 0n) {
    lines.push({
      id: "residual",
      label: "Busy without recorded requests",
      kind: "residual",
      ...nobody,
      otherUsd: null,
      usd: bill.residualUsd,
      billShare: part(bill.residualUsd),
    });
  }
  lines.push({
    id: "idle",
    label: "Idle, charged to nobody",
    kind: "idle",
    ...nobody,
    otherUsd: null,
    usd: bill.idleUnallocatedUsd,
    billShare: part(bill.idleUnallocatedUsd),
  });
  return { lines, billUsd: nanoToUsd(total) };
}
