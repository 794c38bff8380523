/** What a histogram counted in an interval, in the buckets that the exporter has. */

export interface HistogramDelta {
  /** Upper bounds, ascending, the last is Infinity. Empty when histograms with other bounds were added up. */
  bounds: number[];
  /** Observations of each bucket alone, not cumulative. */
  counts: number[];
  count: number;
  sum: number;
}

/** Fewer observations make no percentile, as everywhere in the console. */
const PERCENTILE_MIN = 20;

/** @param cumulative what was added to each `le`, as scraped */
export function histogramDelta(cumulative: readonly { le: number; added: number }[], sum: number): HistogramDelta {
  const sorted = cumulative.toSorted((a, b) => a.le - b.le);
  let below = 0;
  const counts = sorted.map(({ added }) => {
    // Exporters do not write a page in one moment: a bucket may be behind the one below it.
    const own = Math.max(0, added - below);
    below = Math.max(below, added);
    return own;
  });
  return { bounds: sorted.map(({ le }) => le), counts, count: below, sum };
}

export function addHistograms(a: HistogramDelta, b: HistogramDelta): HistogramDelta {
  const [count, sum] = [a.count + b.count, a.sum + b.sum];
  const same = a.bounds.length === b.bounds.length && a.bounds.every((bound, index) => bound === b.bounds[index]);
  if (!same) return { bounds: [], counts: [], count, sum };
  return { bounds: a.bounds, counts: a.counts.map((own, index) => own + b.counts[index]!), count, sum };
}

/** Linear within its bucket, like PromQL's histogram_quantile; above the last bound, that bound. */
export function percentile(histogram: HistogramDelta, share: number): number | null {
  const { bounds, counts, count } = histogram;
  if (count < PERCENTILE_MIN || bounds.length === 0) return null;
  const rank = share * count;
  let below = 0;
  for (const [index, own] of counts.entries()) {
    const upper = bounds[index]!;
    const lower = index === 0 ? Math.min(0, upper) : bounds[index - 1]!;
    if (own > 0 && below + own >= rank) {
      if (!Number.isFinite(upper)) return Number.isFinite(lower) ? lower : null;
      return lower + (upper - lower) * ((rank - below) / own);
    }
    below += own;
  }
  return null;
}

/** `lower-upper:count` of the buckets that are not empty, in texts of at most `length` signs. */
export function bucketTexts({ bounds, counts }: HistogramDelta, length: number): string[] {
  const texts: string[] = [];
  for (const [index, own] of counts.entries()) {
    if (own === 0) continue;
    const upper = bounds[index]!;
    const part = `${index === 0 ? 0 : bounds[index - 1]!}-${Number.isFinite(upper) ? upper : "Inf"}:${own}`;
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= length) texts[texts.length - 1] = `${last} ${part}`;
    else texts.push(part);
  }
  return texts;
}
