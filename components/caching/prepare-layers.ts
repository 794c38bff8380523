/** PREPARE: one row of totals → one line per cache layer, with both definitions of "hit rate". Pure. */
import { cellOf } from "@/components/charts";
import type { MetricCell, MetricRow } from "@/lib/metrics/schemas";
import { LAYERS, type LayerDefinition } from "./definition";

export interface Rate {
  /** Fraction as decimal text; null: the denominator is zero. */
  rate: string | null;
  /** undefined: no comparison was asked for. */
  compare: string | null | undefined;
  hits: string | null;
  of: string | null;
  /** Nothing was looked up: said in words, never as 0 %. */
  noLookups: boolean;
}

export interface Layer extends Pick<LayerDefinition, "id" | "label" | "what"> {
  /** Absent where this definition does not exist for the layer. */
  requests?: Rate;
  tokens?: Rate;
  /** False hits of checked ones. */
  falseHits?: Rate;
  savedUsd: string | null;
  savedCompare: string | null | undefined;
  /** Part of all that was saved, 0..1; null when nothing was. */
  savedShare: number | null;
}

export function prepareLayers(row: MetricRow | undefined): Layer[] {
  const saved = LAYERS.map((layer) => Number(cellOf(row, layer.saved)?.value ?? 0));
  const total = saved.reduce((sum, part) => sum + part, 0);
  return LAYERS.map((layer, index) => {
    const money = cellOf(row, layer.saved);
    return {
      id: layer.id,
      label: layer.label,
      what: layer.what,
      ...(layer.requestRate ? { requests: toRate(cellOf(row, layer.requestRate)) } : {}),
      ...(layer.tokenRate ? { tokens: toRate(cellOf(row, layer.tokenRate)) } : {}),
      ...(layer.falseRate ? { falseHits: toRate(cellOf(row, layer.falseRate)) } : {}),
      savedUsd: money?.value ?? null,
      savedCompare: money?.compare === undefined ? undefined : money.compare.value,
      savedShare: total === 0 ? null : saved[index]! / total,
    };
  });
}

export function toRate(cell: MetricCell | undefined): Rate {
  const of = cell?.denominator ?? null;
  return {
    rate: cell?.value ?? null,
    compare: cell?.compare === undefined ? undefined : cell.compare.value,
    hits: cell?.numerator ?? null,
    of,
    noLookups: cell?.value === null || cell?.value === undefined || of === "0",
  };
}
