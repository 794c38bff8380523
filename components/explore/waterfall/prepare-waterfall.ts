/** The waterfall as it is drawn: bars in reading order, where each begins and ends, and what it says. Pure. */
import { DRIVERS, type Driver } from "@/lib/metrics/waterfall/drivers";
import type { WaterfallResult } from "@/lib/metrics/waterfall/schemas";

type BarRows =
  | { to: "period"; period: "before" | "after" }
  | { to: "driver"; driver: Driver }
  | { to: "model"; provider: string; model: string; period: "before" | "after" };

export interface WaterfallBar {
  id: string;
  label: string;
  /** One line: what this bar is. */
  why: string;
  kind: "total" | "change";
  /** Dollars, signed for a change. */
  amount: number;
  /** Where it lies on the axis, dollars; `from` ≤ `to`. */
  from: number;
  to: number;
  rows: BarRows;
}

const WORDS: Record<Driver, { label: string; why: string }> = {
  volume: { label: "Volume", why: "more or fewer requests, at the old average cost" },
  mix: { label: "Model mix", why: "the same requests on dearer or cheaper models" },
  price: { label: "Price", why: "what a token costs, and how many of them are output" },
  tokens: { label: "Tokens per request", why: "longer or shorter prompts and answers" },
  cache: { label: "Caching", why: "answers and prompt prefixes from a cache" },
  retries: { label: "Retries", why: "calls needed for one request" },
  other: { label: "Not split", why: "models without tokens or calls in one of the periods" },
};

export const driverLabel = (driver: Driver): string => WORDS[driver].label;

/** New and retired models with a bar each; smaller ones share one. */
const OWN_BARS = 4;

export function prepareWaterfall(result: WaterfallResult): WaterfallBar[] {
  const before = Number(result.before.costUsd);
  const after = Number(result.after.costUsd);
  const bars: WaterfallBar[] = [total("before", "Before", before)];
  let level = before;
  const add = (bar: Pick<WaterfallBar, "id" | "label" | "why" | "amount" | "rows">) => {
    const next = level + bar.amount;
    bars.push({ ...bar, kind: "change", from: Math.min(level, next), to: Math.max(level, next) });
    level = next;
  };
  for (const driver of DRIVERS) {
    const amount = Number(result.drivers[driver]);
    if (driver === "other" && amount === 0) continue;
    add({ id: driver, ...WORDS[driver], amount, rows: { to: "driver", driver } });
  }
  for (const state of ["new", "retired"] as const) {
    const models = result.models.filter((model) => model.state === state && model.beforeUsd !== model.afterUsd);
    const period = state === "new" ? "after" : "before";
    // One left over is no shorter as "1 more".
    const own = models.length === OWN_BARS + 1 ? models : models.slice(0, OWN_BARS);
    for (const { provider, model, beforeUsd, afterUsd } of own) {
      add({
        id: `${state}:${provider}/${model}`,
        label: model || "Model not set",
        why: state === "new" ? "a new model" : "a model no longer used",
        amount: Number(afterUsd) - Number(beforeUsd),
        rows: { to: "model", provider, model, period },
      });
    }
    const rest = models.slice(own.length);
    if (rest.length > 0) {
      add({
        id: `${state}:rest`,
        label: `${rest.length} more ${state} models`,
        why: state === "new" ? "new models" : "models no longer used",
        amount: rest.reduce((sum, model) => sum + Number(model.afterUsd) - Number(model.beforeUsd), 0),
        rows: { to: "period", period },
      });
    }
  }
  bars.push(total("after", "After", after));
  return bars;
}

function total(period: "before" | "after", label: string, amount: number): WaterfallBar {
  const why = period === "before" ? "cost of the period before" : "cost of this period";
  return {
    id: period,
    label,
    why,
    kind: "total",
    amount,
    from: Math.min(0, amount),
    to: Math.max(0, amount),
    rows: { to: "period", period },
  };
}

/** The one or two bars that moved most, largest first; those below a tenth of the largest are not worth a word. */
export function mainReasons(bars: readonly WaterfallBar[]): WaterfallBar[] {
  const moved = bars
    .filter(({ kind, amount }) => kind === "change" && amount !== 0)
    .toSorted((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
  return moved.slice(0, 2).filter(({ amount }) => Math.abs(amount) >= Math.abs(moved[0]!.amount) / 10);
}

/**
 * Where the axis begins and ends. From zero, unless what moved is so small beside the totals that it could not be seen:
 * then it begins shortly below, and the chart says so.
 */
export function axisOf(bars: readonly WaterfallBar[]): { low: number; high: number; cut: boolean } {
  const high = Math.max(0, ...bars.map(({ to }) => to));
  const low = Math.min(0, ...bars.map(({ from }) => from));
  const levels = bars.flatMap(({ kind, from, to, amount }) => (kind === "total" ? [amount] : [from, to]));
  const lowest = Math.min(...levels);
  const moved = Math.max(...levels) - lowest;
  const start = lowest - moved / 3;
  return low === 0 && moved > 0 && start > high / 2 ? { low: start, high, cut: true } : { low, high, cut: false };
}
