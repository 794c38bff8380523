/**
 * A month's costs → what each tenant owes, and what nobody is charged for. Pure and exact: tenants + idle + unused commitment +
 * overhead + residual = the bill, in nano-dollars and, rounded once, in the smallest unit of the currency.
 */
import { minorToText, nanoToUsd, roundTogether, splitLargestRemainder, type MinorUnits } from "@/lib/money";
import { LINE_KINDS, type LineKind, type StatementLine } from "./schemas";

/** What a tenant's requests cost at a provider, or at the internal rate of a pool that reports no GPUs. */
export interface DirectCost {
  tenant: string;
  provider: string;
  model: string;
  nanoUsd: bigint;
}

/** A part of a pool's GPU bill. `tenant` null: nobody's. */
export interface PoolCost {
  tenant: string | null;
  pool: string;
  kind: "shared" | "idle" | "commitment" | "overhead";
  nanoUsd: bigint;
}

/** What an invoice says beyond usage. It is shared out like the tenants' spend at that provider. */
export interface Adjustment {
  id: string;
  provider: string;
  kind: "credit" | "tax" | "residual";
  label: string;
  invoiceId: string;
  nanoUsd: bigint;
}

export interface MonthCosts {
  direct: readonly DirectCost[];
  pools: readonly PoolCost[];
  adjustments: readonly Adjustment[];
}

export interface AssembledMonth {
  tenants: Map<string, StatementLine[]>;
  /** Lines that no tenant is charged for. */
  unallocated: StatementLine[];
  totalMinor: bigint;
  exactNano: bigint;
}

interface ExactLine extends Omit<StatementLine, "exactUsd" | "amount" | "correction"> {
  nanoUsd: bigint;
}

/** A key that no tenant has: tenant ids may be any text, the empty one included. */
const NOBODY = Symbol("nobody");
type Party = string | typeof NOBODY;

export function assembleMonth(costs: MonthCosts, units: MinorUnits): AssembledMonth {
  const parties = new Map<Party, Map<string, ExactLine>>();
  const add = (party: Party, line: ExactLine) => {
    const lines = parties.get(party) ?? new Map<string, ExactLine>();
    const known = lines.get(line.key);
    lines.set(line.key, known ? { ...known, nanoUsd: known.nanoUsd + line.nanoUsd } : line);
    parties.set(party, lines);
  };
  for (const cost of costs.direct) add(cost.tenant, directLine(cost));
  for (const cost of costs.pools) add(cost.tenant ?? NOBODY, poolLine(cost));
  for (const adjustment of costs.adjustments) {
    for (const { party, nanoUsd } of shareAdjustment(adjustment, costs.direct)) {
      add(party, { ...adjustmentLine(adjustment), nanoUsd });
    }
  }

  // By id, so that ties go to the lower id in whatever order costs come; nobody's part is the last.
  const order = [...parties.keys()].sort(byParty);
  const exact = order.map((party) => sum([...parties.get(party)!.values()].map(({ nanoUsd }) => nanoUsd)));
  const totals = roundTogether(exact, units);
  const tenants = new Map<string, StatementLine[]>();
  let unallocated: StatementLine[] = [];
  for (const [index, party] of order.entries()) {
    const lines = roundLines([...parties.get(party)!.values()], units, totals[index]!);
    if (party === NOBODY) unallocated = lines;
    else tenants.set(party, lines);
  }
  return { tenants, unallocated, totalMinor: sum(totals), exactNano: sum(exact) };
}

/** Lines in their order, rounded so that they add up to what their party owes. Those of nothing are left out. */
function roundLines(lines: readonly ExactLine[], units: MinorUnits, total: bigint): StatementLine[] {
  const ordered = lines
    .filter(({ nanoUsd }) => nanoUsd !== 0n)
    .sort((a, b) => LINE_KINDS.indexOf(a.kind) - LINE_KINDS.indexOf(b.kind) || (a.key < b.key ? -1 : 1));
  const minor = roundTogether(
    ordered.map(({ nanoUsd }) => nanoUsd),
    units,
    total,
  );
  return ordered.map(({ nanoUsd, ...line }, index) => ({
    ...line,
    exactUsd: nanoToUsd(nanoUsd),
    amount: minorToText(minor[index]!, units.digits),
    correction: false,
  }));
}

/** By spend at the provider. Where nobody spent anything there, it is nobody's. */
function shareAdjustment(adjustment: Adjustment, direct: readonly DirectCost[]): { party: Party; nanoUsd: bigint }[] {
  const spend = new Map<string, bigint>();
  for (const { tenant, provider, nanoUsd } of direct) {
    if (provider === adjustment.provider) spend.set(tenant, (spend.get(tenant) ?? 0n) + nanoUsd);
  }
  const tenants = [...spend.keys()].sort(byText);
  // A tenant whose corrections outweigh its spend has no part in a tax or a credit on spend.
  const weights = tenants.map((tenant) => (spend.get(tenant)! > 0n ? spend.get(tenant)! : 0n));
  // What could not be explained is not put on tenants: it stays a line that is seen.
  if (adjustment.kind === "residual" || sum(weights) === 0n) return [{ party: NOBODY, nanoUsd: adjustment.nanoUsd }];
  const parts = splitLargestRemainder(adjustment.nanoUsd, weights);
  return tenants.map((party, index) => ({ party, nanoUsd: parts[index]! }));
}

const NO_SOURCE = { provider: null, model: null, pool: null, invoiceId: null };

const directLine = ({ provider, model, nanoUsd }: DirectCost): ExactLine => ({
  ...NO_SOURCE,
  key: JSON.stringify(["direct", provider, model]),
  kind: "direct",
  label: `${model || "(no model)"} at ${provider || "(no provider)"}`,
  provider,
  model,
  nanoUsd,
});

const POOL_LABEL: Record<PoolCost["kind"], (pool: string) => string> = {
  shared: (pool) => `GPU pool ${pool}, by work`,
  idle: (pool) => `GPU pool ${pool}, idle`,
  commitment: (pool) => `GPU pool ${pool}, reserved and not used`,
  overhead: (pool) => `GPU pool ${pool}, busy without a tenant's work`,
};

const poolLine = ({ pool, kind, nanoUsd }: PoolCost): ExactLine => ({
  ...NO_SOURCE,
  key: JSON.stringify([kind, pool]),
  kind,
  label: POOL_LABEL[kind](pool),
  pool,
  nanoUsd,
});

const adjustmentLine = ({ id, kind, label, provider, invoiceId }: Adjustment): Omit<ExactLine, "nanoUsd"> => ({
  ...NO_SOURCE,
  key: JSON.stringify([kind, provider, id]),
  kind: kind satisfies LineKind,
  label,
  provider,
  invoiceId,
});

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byParty = (a: Party, b: Party) => (a === NOBODY ? 1 : b === NOBODY ? -1 : byText(a as string, b as string));
const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
