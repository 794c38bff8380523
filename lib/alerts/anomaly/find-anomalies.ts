/**
 * Anomalies in hourly numbers of tenant × endpoint × model (of quality: tenant × endpoint), found without a rule. Pure.
 *
 *   hour       judged against like hours (judge-hour.ts)
 *   episode    at least two unusual hours of one series, in one direction, with no more than an hour between them. One
 *              wild hour of a heavy-tailed series is chance; two in a row are hardly
 *   anomaly    episodes of one metric and direction that overlap: an outage of a provider is one anomaly, not thirty
 *
 * Money: of cost, the difference to the usual. Of a rate, the cost of the hour times how much worse it was than usual.
 */
import { HOUR_MS } from "@/lib/time";
import { ANOMALY_LIMITS, isMasked, judgeAgainst, LikeHours, type AnomalyLimits, type HourPoint, type Mask } from "./judge-hour";
import { NORMAL_MAD } from "./robust-score";
import type { AnomalyPart, Watched } from "./schemas";

/** One hour of one series. Counts of a rate as they are. */
export interface SeriesHour {
  at: number;
  costUsd: number;
  requests: number;
  errors: number;
  attempts: number;
  retries: number;
  /** Reported outcomes that judge quality, and the good ones among them. */
  outcomes: number;
  good: number;
}

export interface HourSeries {
  /** What its hours are judged by. */
  watched: readonly Watched[];
  tenant: string;
  endpoint: string;
  model: string;
  provider: string;
  /** Oldest first, hours without traffic left out. */
  hours: readonly SeriesHour[];
  masks: readonly Mask[];
}

export interface FoundAnomaly {
  metric: Watched;
  direction: "up" | "down";
  from: number;
  to: number;
  impactUsd: number;
  score: number;
  parts: AnomalyPart[];
}

interface Watch {
  limits: AnomalyLimits;
  /** Hours with fewer of them have no rate worth judging. */
  minCount: number;
  /** Of an episode: requests, attempts or outcomes beyond the usual. */
  minExcess: number;
  minUsd: number;
  /** The other direction is good news, and not told. */
  told: readonly ("up" | "down")[];
  /** A share of few jumps by chance: at least that much is usual. */
  chance?: true;
  read: (hour: SeriesHour) => { value: number; count: number };
}

const UP = ["up"] as const;
const RATE: AnomalyLimits = { minScore: 6, minImpact: 0.05, minImpactShare: 0.5, madFloorShare: 0.1, madFloor: 0.01 };

const WATCHES: Record<Watched, Watch> = {
  cost_usd: {
    limits: { ...ANOMALY_LIMITS, minScore: 4, minImpact: 0.05, madFloorShare: 0.2, madFloor: 0.002 },
    minCount: 0,
    minExcess: 0,
    minUsd: 1,
    told: ["up", "down"],
    read: (hour) => ({ value: hour.costUsd, count: hour.requests }),
  },
  error_rate: {
    limits: RATE,
    minCount: 10,
    minExcess: 10,
    minUsd: 0,
    told: UP,
    read: (hour) => ({ value: hour.requests > 0 ? hour.errors / hour.requests : 0, count: hour.requests }),
  },
  retry_rate: {
    limits: RATE,
    minCount: 10,
    minExcess: 10,
    minUsd: 0,
    told: UP,
    read: (hour) => ({ value: hour.attempts > 0 ? hour.retries / hour.attempts : 0, count: hour.attempts }),
  },
  quality_rate: {
    limits: { minScore: 4, minImpact: 0.1, minImpactShare: 0.1, madFloorShare: 0, madFloor: 0.02 },
    chance: true,
    minCount: 5,
    minExcess: 5,
    minUsd: 0,
    told: ["down"],
    read: (hour) => ({ value: hour.outcomes > 0 ? hour.good / hour.outcomes : 0, count: hour.outcomes }),
  },
};
const MIN_HOURS = 2;

export interface Search {
  /** Hours of the installation with any data: where a series has nothing in one of them, its cost was 0. */
  known: readonly number[];
  /** Only hours from here on are judged; earlier ones are learned from. */
  judgeFrom: number;
  hourOf: (at: number) => number;
}

export function findAnomalies(series: readonly HourSeries[], search: Search): FoundAnomaly[] {
  return (Object.keys(WATCHES) as Watched[])
    .flatMap((metric) =>
      groupEpisodes(
        metric,
        series.filter(({ watched }) => watched.includes(metric)).flatMap((one) => episodesOf(metric, one, search)),
      ),
    )
    .sort((a, b) => Math.abs(b.impactUsd) - Math.abs(a.impactUsd) || a.from - b.from);
}

interface Episode {
  series: HourSeries;
  direction: "up" | "down";
  from: number;
  to: number;
  hours: number;
  excess: number;
  impactUsd: number;
  /** Sums, weighted by count for rates. */
  actual: number;
  expected: number;
  weight: number;
  score: number;
}

function episodesOf(metric: Watched, series: HourSeries, { known, judgeFrom, hourOf }: Search): Episode[] {
  const { limits, minCount, minExcess, minUsd, told, chance, read } = WATCHES[metric];
  const byHour = new Map(series.hours.map((hour) => [hour.at, hour]));
  const additive = metric === "cost_usd";
  const points = (additive ? known : series.hours.map(({ at }) => at)).flatMap(
    (at): (HourPoint & { count: number; costUsd: number })[] => {
      const hour = byHour.get(at);
      const { value, count } = hour ? read(hour) : { value: 0, count: 0 };
      return count >= minCount ? [{ at, value, count, costUsd: hour?.costUsd ?? 0 }] : [];
    },
  );
  const episodes: Episode[] = [];
  let open: Episode | null = null;
  const seen = new LikeHours();
  for (const point of points) {
    if (isMasked(point.at, series.masks)) continue;
    const hour = hourOf(point.at);
    const like = point.at < judgeFrom ? null : seen.of(hour)?.slice();
    seen.learn(hour, point.value);
    if (!like) continue;
    const judged = judgeAgainst(point.value, like, chance ? { ...limits, madFloor: chanceMad(like, point.count) } : limits);
    const direction = (judged.impact ?? 0) > 0 ? ("up" as const) : ("down" as const);
    if (judged.verdict !== "anomaly" || !told.includes(direction)) continue;
    const goesOn: boolean = open !== null && open.direction === direction && point.at - open.to <= HOUR_MS;
    if (!goesOn) {
      open = {
        series,
        direction,
        from: point.at,
        to: point.at,
        hours: 0,
        excess: 0,
        impactUsd: 0,
        actual: 0,
        expected: 0,
        weight: 0,
        score: 0,
      };
      episodes.push(open);
    }
    const weight = additive ? 1 : point.count;
    open!.to = point.at + HOUR_MS;
    open!.hours += 1;
    open!.excess += additive ? 0 : Math.abs(judged.impact!) * point.count;
    open!.impactUsd += additive ? judged.impact! : Math.abs(judged.impact!) * point.costUsd;
    open!.actual += point.value * weight;
    open!.expected += judged.median! * weight;
    open!.weight += weight;
    open!.score = Math.max(open!.score, Math.abs(judged.score!));
  }
  return episodes.filter(
    ({ hours, excess, impactUsd }) => hours >= MIN_HOURS && excess >= minExcess && Math.abs(impactUsd) >= minUsd,
  );
}

/**
 * Median absolute deviation of a share of `count` that is as usual: √(p(1 − p) ÷ n) of a binomial, times the 0.6745 that makes
 * the score a z-score. p is a mean, as the median of shares of few is too often 1; and as if one good and one bad had been seen
 * besides, as "always good so far" is not certainty.
 */
function chanceMad(like: readonly number[], count: number): number {
  const mean = like.reduce((sum, share) => sum + share, 0) / like.length;
  const p = (mean * count + 1) / (count + 2);
  return NORMAL_MAD * Math.sqrt((p * (1 - p)) / count);
}

function groupEpisodes(metric: Watched, episodes: readonly Episode[]): FoundAnomaly[] {
  const found: FoundAnomaly[] = [];
  for (const direction of ["up", "down"] as const) {
    const sorted = episodes.filter((episode) => episode.direction === direction).toSorted((a, b) => a.from - b.from);
    let group: Episode[] = [];
    const close = () => {
      if (group.length > 0) found.push(anomalyOf(metric, direction, group));
      group = [];
    };
    for (const episode of sorted) {
      if (group.length > 0 && episode.from >= Math.max(...group.map(({ to }) => to))) close();
      group.push(episode);
    }
    close();
  }
  return found;
}

function anomalyOf(metric: Watched, direction: "up" | "down", episodes: readonly Episode[]): FoundAnomaly {
  const parts = episodes
    .toSorted((a, b) => Math.abs(b.impactUsd) - Math.abs(a.impactUsd))
    .map(({ series, actual, expected, weight, impactUsd, score }): AnomalyPart => {
      const per = metric === "cost_usd" ? 1 : weight;
      return {
        tenant: series.tenant,
        endpoint: series.endpoint,
        model: series.model,
        provider: series.provider,
        actual: rounded(actual / per),
        expected: rounded(expected / per),
        impactUsd: impactUsd.toFixed(9),
        score: Number(Math.min(score, 9_999).toFixed(1)),
      };
    });
  return {
    metric,
    direction,
    from: Math.min(...episodes.map(({ from }) => from)),
    to: Math.max(...episodes.map(({ to }) => to)),
    impactUsd: episodes.reduce((sum, { impactUsd }) => sum + impactUsd, 0),
    score: Math.max(...parts.map((part) => part.score)),
    parts,
  };
}

const rounded = (value: number): number => Number(value.toPrecision(6));
