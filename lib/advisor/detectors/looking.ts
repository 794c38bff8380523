/** What several detectors ask of the input. Pure. */
import type { EvidenceLink, EvidenceNumber, SavingPart } from "../findings/finding";
import { usagePool } from "../findings/finding";
import { isResponseHit } from "../replay/cache-replay";
import type { AdvisorInput, SampleEvent, TrafficRow } from "./input";

export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

export const sumOf = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((sum, item) => sum + amount(item), 0);
export const sumNano = <T>(items: readonly T[], amount: (item: T) => bigint): bigint =>
  items.reduce((sum, item) => sum + amount(item), 0n);

/** Nearest rank; null of nothing. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}

/** A model was called. */
export const isUpstream = (event: SampleEvent): boolean => !isResponseHit(event);
/** A call of a provider's API, not of an own pool: what costs dollars by the token. */
export const isApiCall = (event: SampleEvent): boolean => isUpstream(event) && event.pool === null;

export const tokensIn = ({ meters }: SampleEvent): number =>
  meters.input + meters.cacheRead + meters.cacheWrite5m + meters.cacheWrite1h;

/** The route that most of the events took; null: they name none. */
export function mainRoute(events: readonly SampleEvent[]): string | null {
  const routes = groupBy(
    events.filter(({ route }) => route !== null),
    ({ route }) => route!,
  );
  return [...routes].sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? null;
}

/** The model that most of the events were served by. */
export function mainModel(events: readonly SampleEvent[]): string {
  return [...groupBy(events, ({ modelServed }) => modelServed)].sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? "";
}

/** The same fraction of every pool of spend of these rows. */
export const partsOf = (rows: readonly TrafficRow[], low: number, high: number): SavingPart[] =>
  rows
    .filter(({ costNanoUsd }) => costNanoUsd > 0n)
    .map(({ tenant, endpoint, model }) => ({ pool: usagePool(tenant, endpoint, model), low, high }));

/** Rounded up to a number that people would choose. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

// ── evidence ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const count = (label: string, value: number): EvidenceNumber => ({
  label,
  value: String(Math.round(value)),
  unit: "count",
});
export const average = (label: string, value: number): EvidenceNumber => ({ label, value: value.toFixed(2), unit: "count" });
export const tokens = (label: string, value: number): EvidenceNumber => ({
  label,
  value: String(Math.round(value)),
  unit: "tokens",
});
export const ratio = (label: string, value: number): EvidenceNumber => ({ label, value: value.toFixed(4), unit: "ratio" });
export const ms = (label: string, value: number): EvidenceNumber => ({ label, value: String(Math.round(value)), unit: "ms" });
export const words = (label: string, value: string): EvidenceNumber => ({ label, value, unit: "text" });
export const dollars = (label: string, usdText: string): EvidenceNumber => ({ label, value: usdText, unit: "usd" });

/** "34 %", "0.4 %", "99.5 %" */
export const percent = (fraction: number): string => {
  const value = fraction * 100;
  const near = value > 0 && value < 100 && (value < 10 || value > 99);
  return `${near ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} %`;
};
/** "5,700" */
export const number = (value: number): string => Math.round(value).toLocaleString("en-US");

type Filters = Partial<
  Record<"tenant" | "endpoint" | "modelServed" | "pool" | "actionStep" | "route" | "status", string | undefined>
>;

function query(filters: Filters, more: Record<string, string>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...more, ...filters })) if (value) params.set(key, value);
  return params.toString();
}

/** The numbers as a question to Explore, over the window that was looked at. */
export const exploreLink = (label: string, metrics: string, by: string, filters: Filters, chart = "bar"): EvidenceLink => ({
  label,
  href: `/explore?${query(filters, { metrics, by, chart, range: "7d" })}`,
});
/** The requests themselves. */
export const requestsLink = (label: string, filters: Filters, more: Record<string, string> = {}): EvidenceLink => ({
  label,
  href: `/requests?${query(filters, { ...more, range: "7d" })}`,
});
export const pageLink = (label: string, href: string): EvidenceLink => ({ label, href });

/** How much of the requests the sample is, said where it is not all. */
export function sampled({ sample }: AdvisorInput): string {
  return sample.share >= 1 ? "all requests of the window" : `a sample of ${percent(sample.share)} of the requests`;
}
