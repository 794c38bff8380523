/**
 * What a provider billed against what was calculated, line by line: every billed line is in exactly one row, and the parts of a
 * row add up to its difference, to the nano-dollar. Pure.
 */
import { Decimal, nanoToUsd, splitLargestRemainder } from "@/lib/money";
import { modelOf } from "./formats/read-line";
import { DIFFERENCE_KINDS, type DifferenceKind, type LineCategory, type ReconciledRow } from "./schemas";

export interface BilledLine {
  line: number;
  lineId: string | null;
  category: LineCategory;
  sku: string;
  model: string | null;
  meter: string | null;
  description: string;
  quantity: string | null;
  nanoUsd: bigint;
}

/** What the provider's usage of the month was calculated to, per model and meter. */
export interface Calculated {
  provider: string;
  model: string;
  meter: string;
  quantity: bigint;
  nanoUsd: bigint;
}

export interface ReconcileInput {
  billed: readonly BilledLine[];
  calculated: readonly Calculated[];
  /** Per model: cost in the provider's month of UTC days less cost in the workspace's month. */
  timing: ReadonlyMap<string, bigint>;
}

export interface Reconciled {
  rows: ReconciledRow[];
  billedNano: bigint;
  calculatedNano: bigint;
  parts: Record<DifferenceKind, bigint>;
}

interface Group {
  key: string;
  matchedBy: ReconciledRow["matchedBy"];
  lines: BilledLine[];
  ours: Calculated[];
}

const skuOf = ({ provider, model, meter }: Calculated): string => `${provider}/${model}/${meter}`;

export function reconcile({ billed, calculated, timing }: ReconcileInput): Reconciled {
  const groups = match(billed, calculated);
  const shares = timingShares(calculated, timing);
  const parts = Object.fromEntries(DIFFERENCE_KINDS.map((kind) => [kind, 0n])) as Record<DifferenceKind, bigint>;
  const rows = groups.map((group): ReconciledRow => {
    const billedNano = sum(group.lines.map(({ nanoUsd }) => nanoUsd));
    const oursNano = sum(group.ours.map(({ nanoUsd }) => nanoUsd));
    const quantities = group.lines.flatMap(({ quantity }) => quantity ?? []);
    const billedQuantity = quantities.length === 0 ? null : quantities.reduce((total, value) => total.add(value), new Decimal(0));
    const oursQuantity = group.ours.length === 0 ? null : sum(group.ours.map(({ quantity }) => quantity));
    const explained = explain(group, {
      billedNano,
      oursNano,
      billedQuantity,
      oursQuantity,
      timingNano: sum(group.ours.map((one) => shares.get(one) ?? 0n)),
    });
    for (const [kind, nano] of Object.entries(explained) as [DifferenceKind, bigint][]) parts[kind] += nano;
    const [first] = group.lines;
    return {
      key: group.key,
      model: first?.model ?? group.ours[0]?.model ?? null,
      meter: first ? first.meter : (group.ours[0]?.meter ?? null),
      matchedBy: group.matchedBy,
      category: first?.category ?? "usage",
      description: first?.description ?? `${group.ours[0]!.model}, ${group.ours[0]!.meter}`,
      lines: group.lines.map(({ line }) => line),
      billedUsd: nanoToUsd(billedNano),
      calculatedUsd: nanoToUsd(oursNano),
      differenceUsd: nanoToUsd(billedNano - oursNano),
      billedQuantity: billedQuantity?.toFixed() ?? null,
      calculatedQuantity: oursQuantity?.toString() ?? null,
      parts: Object.fromEntries(
        Object.entries(explained)
          .filter(([, nano]) => nano !== 0n)
          .map(([kind, nano]) => [kind, nanoToUsd(nano)]),
      ),
    };
  });
  return {
    rows: rows.sort((a, b) => size(b.differenceUsd) - size(a.differenceUsd) || (a.key < b.key ? -1 : 1)),
    billedNano: sum(billed.map(({ nanoUsd }) => nanoUsd)),
    calculatedNano: sum(calculated.map(({ nanoUsd }) => nanoUsd)),
    parts,
  };
}

/** Order of rows only. */
const size = (usd: string): number => Math.abs(Number(usd));

/** By id first, then by model and meter, then by model alone. What matches nothing is a row of its own, never left out. */
function match(billed: readonly BilledLine[], calculated: readonly Calculated[]): Group[] {
  const groups = new Map<string, Group>();
  const bySku = new Map(calculated.map((one) => [skuOf(one), one]));
  const add = (key: string, matchedBy: Group["matchedBy"], line: BilledLine, ours: readonly Calculated[]) => {
    const group = groups.get(key) ?? { key, matchedBy, lines: [], ours: [...ours] };
    group.lines.push(line);
    if (matchedBy === "id") group.matchedBy = "id";
    groups.set(key, group);
  };
  // A line for a whole model takes all its meters: then lines of single meters of it go into the same row.
  const whole = new Set(
    billed.flatMap(({ category, model, meter, nanoUsd }) =>
      category === "usage" && model && !meter && nanoUsd !== 0n ? [model] : [],
    ),
  );
  for (const line of billed) {
    if (line.category === "credit" || line.category === "tax") {
      add(`${line.category} ${line.line}`, "none", line, []);
      continue;
    }
    const byId = bySku.get(line.lineId ?? "") ?? bySku.get(line.sku);
    const model = byId ? modelOf(byId.model) : line.model;
    const meter = byId?.meter ?? line.meter;
    const ours = calculated.filter(
      (one) => model !== null && modelOf(one.model) === model && (whole.has(model) || meter === null || one.meter === meter),
    );
    if (line.category === "other" || ours.length === 0) add(`unmatched ${line.sku}`, "none", line, []);
    else add(whole.has(model!) ? `sku ${model}` : `sku ${model} ${meter}`, byId ? "id" : "sku", line, ours);
  }
  const taken = new Set([...groups.values()].flatMap(({ ours }) => ours));
  for (const one of calculated) {
    if (taken.has(one)) continue;
    const key = `absent ${modelOf(one.model)} ${one.meter}`;
    const group = groups.get(key) ?? { key, matchedBy: "absent" as const, lines: [], ours: [] };
    group.ours.push(one);
    groups.set(key, group);
  }
  return [...groups.values()];
}

interface Amounts {
  billedNano: bigint;
  oursNano: bigint;
  billedQuantity: Decimal | null;
  oursQuantity: bigint | null;
  timingNano: bigint;
}

/** The parts add up to billed − calculated. Price takes what quantity and timing leave, so nothing is lost to rounding. */
function explain(group: Group, amounts: Amounts): Partial<Record<DifferenceKind, bigint>> {
  const { billedNano, oursNano, billedQuantity, oursQuantity, timingNano } = amounts;
  const difference = billedNano - oursNano;
  const category = group.lines[0]?.category;
  if (category === "credit" || category === "tax") return { [category]: difference };
  if (group.matchedBy === "none") return { unmodelled: difference };
  if (group.matchedBy === "absent") return { quantity: difference };
  if (billedQuantity === null || oursQuantity === null || oursQuantity === 0n)
    return { timing: timingNano, residual: difference - timingNano };
  const more = billedQuantity.sub(oursQuantity.toString()).mul(oursNano.toString()).div(oursQuantity.toString());
  const quantity = BigInt(more.toFixed(0)) - timingNano;
  return { timing: timingNano, quantity, price: difference - timingNano - quantity };
}

/** Timing is known per model; its meters have it by what they cost. */
function timingShares(calculated: readonly Calculated[], timing: ReadonlyMap<string, bigint>): Map<Calculated, bigint> {
  const shares = new Map<Calculated, bigint>();
  for (const [model, nano] of timing) {
    const meters = calculated.filter((one) => one.model === model);
    const weights = meters.map(({ nanoUsd }) => (nanoUsd > 0n ? nanoUsd : 0n));
    if (meters.length === 0 || sum(weights) === 0n) continue;
    splitLargestRemainder(nano, weights).forEach((part, index) => shares.set(meters[index]!, part));
  }
  return shares;
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
