/** One page of an engine's metrics → what it does now and what it did since its previous page. Meanings, not names. */
import type { CounterMemory, CounterValue } from "./counter-memory";
import type { UnknownReading } from "./extra";
import { groupBy } from "./group-by";
import { addHistograms, histogramDelta, type HistogramDelta } from "./histogram-delta";
import {
  aliasName,
  aliasTakes,
  canonicalName,
  COUNTERS,
  ENGINE_KINDS,
  ENGINES,
  GAUGES,
  HISTOGRAMS,
  withTensorRtPrefix,
  type Alias,
  type CounterMeaning,
  type EngineKind,
  type EngineMeaning,
  type GaugeMeaning,
  type HistogramMeaning,
} from "./name-registry";
import type { Labels, Page, Series } from "./parse-prometheus";

export interface EngineReading {
  engine: EngineKind | null;
  models: string[];
  /** running and waiting summed over the page's engines, kvCacheUsage their mean. */
  gauges: Partial<Record<GaugeMeaning, number>>;
  added: Partial<Record<CounterMeaning, number>>;
  /** requestsFinished by its reason. */
  finished: Record<string, number>;
  histograms: Partial<Record<HistogramMeaning, HistogramDelta>>;
  /** How the engine says it was set up. */
  setup: Record<string, string>;
  unknown: UnknownReading[];
}

/** Ranks of one engine that repeat what the engine as a whole does. Data-parallel ranks are engines of their own. */
const RANKS = ["tp_rank", "pp_rank", "moe_ep_rank"];
/** What tells processes apart that one page speaks of: vLLM's engines, Ray's workers, SGLang's data-parallel ranks. */
const PROCESS = ["engine", "WorkerId", "ReplicaId", "pid", "dp_rank", "model_name"];
/** From here on it is no value: DCGM's "not supported" is 9223372036854775794. */
const NOT_SUPPORTED = 9.2e18;
const PART = /_(bucket|sum|count)$/;

interface Named extends Series {
  canonical: string;
}

export function readEngine(page: Page, kind: EngineKind | "prometheus", memory: CounterMemory): EngineReading {
  const named = collapseRanks(
    page.series
      .filter(({ name, value }) => Number.isFinite(value) && Math.abs(value) < NOT_SUPPORTED && !name.endsWith("_created"))
      .map((series) => {
        const canonical = canonicalName(series.name);
        return { ...series, canonical: kind === "tensorrt-llm" ? withTensorRtPrefix(canonical) : canonical };
      }),
  );
  const byName = groupBy(named, ({ canonical }) => canonical);
  const engine = kind === "prometheus" ? detectEngine(byName) : kind;
  const found = engine ? findNames(ENGINES[engine].names, byName) : new Map<EngineMeaning, Found>();

  const trusted = new Set([...found.values()].flatMap(({ names }) => names));
  const counters = named.filter((series) => isCounter(series, page, trusted));
  const added = memory.take(
    counters.map((series) => asCounter(series, trusted)),
    {
      families: new Set(
        [...page.types.keys(), ...page.series.map(({ name }) => name)].map((name) => familyOf(canonicalName(name))),
      ),
      complete: page.complete,
      startedAt: startOf(byName.get("process_start_time_seconds")),
    },
  );
  const addedTo = (series: Named) => added.get(keyOf(series)) ?? null;

  const reading: EngineReading = {
    engine,
    models: [
      ...new Set(named.map(({ labels }) => labels["model_name"]).filter((model) => model !== undefined && model !== "")),
    ].sort() as string[],
    gauges: {},
    added: {},
    finished: {},
    histograms: {},
    setup: {},
    unknown: [],
  };
  const info = engine ? ENGINES[engine].info : undefined;
  for (const { labels } of info ? (byName.get(info) ?? []) : []) Object.assign(reading.setup, labels);
  for (const meaning of GAUGES) {
    const values =
      found
        .get(meaning)
        ?.series.map(({ value }) => value)
        .filter((value) => value >= 0) ?? [];
    if (values.length === 0) continue;
    const total = values.reduce((sum, value) => sum + value, 0);
    reading.gauges[meaning] = meaning === "kvCacheUsage" ? total / values.length : total;
  }
  for (const meaning of COUNTERS) {
    const total = sumKnown(found.get(meaning)?.series.map(addedTo) ?? []);
    if (total !== null) reading.added[meaning] = total;
  }
  for (const series of found.get("requestsFinished")?.series ?? []) {
    const [reason, count] = [series.labels["finished_reason"], addedTo(series)];
    if (reason && count !== null) reading.finished[reason] = (reading.finished[reason] ?? 0) + count;
  }
  for (const meaning of HISTOGRAMS) {
    const histogram = readHistogram(found.get(meaning)?.series ?? [], addedTo);
    if (histogram) reading.histograms[meaning] = histogram;
  }
  const known = knownNames(engine, info);
  reading.unknown = readUnknown(
    named.filter(({ canonical }) => !known.has(canonical)),
    page,
    added,
  );
  return reading;
}

interface Found {
  series: Named[];
  names: string[];
}

/** Of each meaning the newest name that is on the page. Counters are also tried without `_total`, which Ray leaves out. */
function findNames(names: Partial<Record<EngineMeaning, readonly Alias[]>>, byName: ReadonlyMap<string, Named[]>) {
  const found = new Map<EngineMeaning, Found>();
  for (const [meaning, aliases] of Object.entries(names) as [EngineMeaning, readonly Alias[]][]) {
    const histogram = (HISTOGRAMS as readonly string[]).includes(meaning);
    for (const alias of aliases) {
      const spelled = spellings(aliasName(alias), histogram).find((tried) => tried.some((name) => byName.has(name)));
      const series = (spelled ?? []).flatMap((name) => byName.get(name) ?? []).filter(({ labels }) => aliasTakes(alias, labels));
      if (series.length === 0) continue;
      found.set(meaning, { series, names: GAUGES.includes(meaning as GaugeMeaning) ? [] : spelled! });
      break;
    }
  }
  return found;
}

function spellings(name: string, histogram: boolean): string[][] {
  if (histogram) return [[`${name}_bucket`, `${name}_sum`, `${name}_count`]];
  return name.endsWith("_total") ? [[name], [name.slice(0, -"_total".length)]] : [[name]];
}

function knownNames(engine: EngineKind | null, info: string | undefined): Set<string> {
  const aliases = engine ? Object.entries(ENGINES[engine].names) : [];
  const names = aliases.flatMap(([meaning, list]) =>
    list.flatMap((alias) => spellings(aliasName(alias), (HISTOGRAMS as readonly string[]).includes(meaning)).flat()),
  );
  return new Set([...names, ...(info ? [info] : []), "process_start_time_seconds"]);
}

function detectEngine(byName: ReadonlyMap<string, Named[]>): EngineKind | null {
  return ENGINE_KINDS.find((kind) => findNames(ENGINES[kind].names, byName).size > 0) ?? null;
}

function collapseRanks(series: Named[]): Named[] {
  const collapsed = new Map<string, Named>();
  for (const one of series) {
    const labels = Object.fromEntries(Object.entries(one.labels).filter(([label]) => !RANKS.includes(label)));
    const key = keyOf({ ...one, labels });
    const before = collapsed.get(key);
    if (!before || one.value > before.value) collapsed.set(key, { ...one, labels });
  }
  return [...collapsed.values()];
}

function readHistogram(series: Named[], addedTo: (series: Named) => number | null): HistogramDelta | null {
  const whole = groupBy(series, ({ labels }) => labelText(labels, ["le"]));
  const parts: HistogramDelta[] = [];
  for (const own of whole.values()) {
    const of = (part: string) => own.filter(({ canonical }) => canonical.endsWith(part));
    const buckets = of("_bucket").flatMap((bucket) => {
      const [le, added] = [leOf(bucket.labels["le"]), addedTo(bucket)];
      return le === null || added === null ? [] : [{ le, added }];
    });
    const [sum, count] = [sumKnown(of("_sum").map(addedTo)), sumKnown(of("_count").map(addedTo))];
    if (count !== null && !buckets.some(({ le }) => le === Number.POSITIVE_INFINITY)) {
      buckets.push({ le: Number.POSITIVE_INFINITY, added: count });
    }
    if (buckets.length > 0) parts.push(histogramDelta(buckets, sum ?? 0));
  }
  return parts.length === 0 ? null : parts.reduce(addHistograms);
}

/** Counters as what they added, everything else as it is: summed, or the mean where a sum would mean nothing. */
function readUnknown(series: Named[], page: Page, added: ReadonlyMap<string, number | null>): UnknownReading[] {
  const readings: UnknownReading[] = [];
  for (const [name, own] of groupBy(series, (one) => one.name)) {
    if (name.endsWith("_bucket")) continue;
    if (isCounter(own[0]!, page, new Set())) {
      const total = sumKnown(own.map((one) => added.get(keyOf(one)) ?? null));
      if (total !== null) readings.push({ name, value: total });
    } else readings.push({ name, value: own.reduce((sum, { value }) => sum + value, 0) / own.length });
  }
  return readings;
}

function isCounter({ name, canonical }: Named, page: Page, trusted: ReadonlySet<string>): boolean {
  if (trusted.has(canonical)) return true;
  const type = page.types.get(name) ?? page.types.get(name.replace(PART, "")) ?? page.types.get(name.replace(/_total$/, ""));
  if (type === "histogram" || type === "summary") return PART.test(name);
  return type === "counter" || (type === undefined && /_(total|bucket|sum|count)$/.test(name));
}

function asCounter(series: Named, trusted: ReadonlySet<string>): CounterValue {
  return {
    family: familyOf(series.canonical),
    key: keyOf(series),
    process: PROCESS.map((label) => series.labels[label] ?? "").join("\n"),
    value: series.value,
    trusted: trusted.has(series.canonical),
  };
}

/** When the process began; null when the page speaks of several, or of none. */
const startOf = (series: Named[] | undefined) => (series?.length === 1 ? series[0]!.value : null);
const familyOf = (name: string) => name.replace(PART, "");
const keyOf = ({ canonical, name, labels }: Named) => `${canonical}\n${name}\n${labelText(labels, [])}`;
const labelText = (labels: Labels, without: readonly string[]) =>
  Object.keys(labels)
    .filter((label) => !without.includes(label))
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`)
    .join();

function leOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const le = /^\+?inf(inity)?$/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
  return Number.isNaN(le) ? null : le;
}

function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
