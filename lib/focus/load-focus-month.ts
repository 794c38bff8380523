import { mayUseTenant, type Ctx } from "@/lib/auth/actor";
import { readCharges, recordCharges, type Charge, type Recorded } from "@/lib/charges";
import { Decimal, nanoToUsd, toNanoUsd } from "@/lib/money";
import { isEffective, loadPriceBook, readRuleBooks, type PriceBook } from "@/lib/pricing";
import { loadLiveMonth, readLockedTotals, readPoolCosts, stateOf } from "@/lib/statements";
import { nextZoneDay } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import type { FocusRow } from "./columns";
import { adjustmentRow, gpuRow, meterRow, type FocusMonth } from "./make-rows";

export interface StatementMatch {
  /** What the file and the statements say, in exact dollars; "" is what no tenant is charged for. */
  tenants: { tenant: string; status: string; statementUsd: string; fileUsd: string; equal: boolean }[];
  statementUsd: string;
  fileUsd: string;
  equal: boolean;
}

export interface LoadedFocusMonth {
  rows: FocusRow[];
  currency: string;
  rate: string;
  rateDay: string | null;
  match: StatementMatch;
  /** Days of which only the total is known: their charges were never recorded, and their raw rows are gone. */
  missingDays: string[];
}

/** Everything of a month that the actor may see as FOCUS rows, and how it compares with the statements. */
export async function loadFocusMonth(
  ctx: Ctx,
  month: string,
  onDay?: Parameters<typeof recordCharges>[2],
): Promise<LoadedFocusMonth> {
  const { name, timeZone } = await loadWorkspace(ctx.db);
  const live = await loadLiveMonth(ctx, month);
  const recorded: Recorded = await recordCharges(ctx, live.period, onDay);
  const [charges, pools, locked, names, book] = await Promise.all([
    readCharges(ctx.db.pool, live.period),
    readPoolCosts(ctx, live.period, timeZone),
    readLockedTotals(ctx.db.pool, month),
    ctx.db.prisma.tenant.findMany({ select: { id: true, name: true } }),
    loadPriceBook(ctx.db),
  ]);
  const nameOf = new Map(names.map((tenant) => [tenant.id, tenant.name]));
  const { rate, period, assembled } = live;
  const focus: FocusMonth = {
    account: { id: "workspace-1", name },
    currency: rate.currency,
    rateNano: rate.rateNano,
    from: period.from,
    to: period.to,
    stateOf: (tenant) => stateOf(period, ctx.now, tenant !== null && locked.has(tenant)),
    tenantName: (tenant) => nameOf.get(tenant) ?? tenant,
  };
  const seen = (tenant: string | null) => (tenant === null ? ctx.actor.tenants === "all" : mayUseTenant(ctx.actor, tenant));
  const billed = new Set(pools.map(({ pool }) => pool));
  const books = await readRuleBooks(ctx.db, [...new Set(charges.flatMap(({ priceRuleId }) => priceRuleId ?? []))]);
  const inFile = new Map<string, bigint>();
  const count = (tenant: string | null, nano: bigint) => inFile.set(tenant ?? "", (inFile.get(tenant ?? "") ?? 0n) + nano);

  const rows: FocusRow[] = [];
  for (const charge of charges) {
    // Requests to own pools are paid with the pools' GPU bills.
    if (!seen(charge.tenant) || (charge.pool !== "" && billed.has(charge.pool))) continue;
    rows.push(meterRow(priced(charge, book, books), focus));
    count(charge.tenant, charge.costNanoUsd);
  }
  for (const { day, nanoUsd, ...cost } of pools) {
    if (!seen(cost.tenant)) continue;
    const from = new Date(day);
    rows.push(
      gpuRow({ ...cost, dayFrom: from, dayTo: new Date(nextZoneDay(from.getTime(), timeZone)), costNanoUsd: nanoUsd }, focus),
    );
    count(cost.tenant, nanoUsd);
  }
  const parties: [string | null, (typeof assembled)["unallocated"]][] = [...assembled.tenants, [null, assembled.unallocated]];
  for (const [tenant, lines] of parties) {
    if (!seen(tenant)) continue;
    for (const { kind, provider, label, exactUsd, invoiceId } of lines) {
      if (kind !== "credit" && kind !== "tax" && kind !== "residual") continue;
      const costNanoUsd = toNanoUsd(exactUsd);
      rows.push(adjustmentRow({ tenant, kind, provider: provider ?? "", label, costNanoUsd, invoiceId }, focus));
      count(tenant, costNanoUsd);
    }
  }
  return {
    rows,
    currency: rate.currency,
    rate: rate.rate,
    rateDay: rate.day,
    match: compare(
      parties.filter(([tenant]) => seen(tenant)),
      inFile,
      locked,
    ),
    missingDays: recorded.missing,
  };
}

function compare(
  parties: readonly [string | null, readonly { exactUsd: string }[]][],
  inFile: ReadonlyMap<string, bigint>,
  locked: ReadonlyMap<string, string>,
): StatementMatch {
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  const expected = new Map<string, bigint>();
  for (const [tenant, lines] of parties) {
    const nano = sum(lines.map(({ exactUsd }) => toNanoUsd(exactUsd)));
    // Spend that names no tenant and what no tenant is charged for are one to the file.
    expected.set(tenant ?? "", (expected.get(tenant ?? "") ?? 0n) + nano);
  }
  for (const [tenant, exactUsd] of locked) if (expected.has(tenant)) expected.set(tenant, toNanoUsd(exactUsd));
  const ids = [...new Set([...expected.keys(), ...inFile.keys()])].sort();
  const tenants = ids.map((tenant) => {
    const [statement, file] = [expected.get(tenant) ?? 0n, inFile.get(tenant) ?? 0n];
    return {
      tenant,
      status: locked.has(tenant) ? "locked" : "live",
      statementUsd: nanoToUsd(statement),
      fileUsd: nanoToUsd(file),
      equal: statement === file,
    };
  });
  return {
    tenants,
    statementUsd: nanoToUsd(sum([...expected.values()])),
    fileUsd: nanoToUsd(sum([...inFile.values()])),
    equal: tenants.every(({ equal }) => equal),
  };
}

const NEGOTIATED = "negotiated discount";

/** The list price is the public book's; a price of one's own and negotiated factors make the contracted one. */
function priced(charge: Charge, book: PriceBook, books: ReadonlyMap<number, string>) {
  const factors = JSON.parse(charge.factors) as [string, string][];
  const publicFactors = factors.filter(([reason]) => reason !== NEGOTIATED);
  const ownPrice = books.get(charge.priceRuleId ?? -1) !== "base";
  const list = ownPrice ? (listPrice(charge, book) ?? charge.unitPrice) : charge.unitPrice;
  return {
    ...charge,
    factors,
    listPriceNano: times(list, publicFactors),
    contractedPriceNano: times(charge.unitPrice, factors),
  };
}

function listPrice({ provider, model, dayFrom, meter }: Charge, book: PriceBook): string | undefined {
  const found = book
    .candidates({ tenant: "", provider, modelServed: model, modelRequested: model, pool: null })
    .find(({ compiled }) => compiled.rule.book === "base" && isEffective(compiled, dayFrom.getTime()));
  return found?.compiled.rule.prices[meter]?.base;
}

function times(price: string, factors: readonly (readonly [string, string])[]): bigint {
  const exact = factors.reduce((product, [, factor]) => product.mul(factor), new Decimal(price));
  return toNanoUsd(exact.toFixed());
}
