/**
 * What there is to say about a period after a look at its spend. Pure.
 *
 *   threshold  spend reaches so much of the limit       ┐ said once a period; said again only when the limit was raised
 *   forecast   the forecast reaches so much of it       ┘ meanwhile so far that it was not reached any more
 *   capped     a hard budget is used up: gateways refuse ⇄ released: raised, no longer hard, or repriced
 *
 * Reached is `>=`, in integers: 80 % of $10 is reached at $8.00, not at $7.999999999.
 */
export interface SaidEvent {
  key: string;
  limitNano: bigint;
}

export interface PeriodFacts {
  limitNano: bigint;
  spentNano: bigint;
  hard: boolean;
  /** Percent of the limit, rising. */
  thresholds: readonly number[];
  forecastPercent: number | null;
  /** Null: no forecast. */
  forecastNano: bigint | null;
  capped: boolean;
  /** Of this period, without those that were rearmed. */
  said: readonly SaidEvent[];
}

export interface NewEvent {
  key: string;
  kind: "threshold" | "forecast" | "capped" | "released";
  percent: number | null;
}

export interface PeriodDecision {
  events: NewEvent[];
  /** Keys that may be said again. */
  rearm: string[];
  capped: boolean;
}

export const reachesPercent = (amountNano: bigint, percent: number, limitNano: bigint): boolean =>
  amountNano * 100n >= BigInt(percent) * limitNano;

export const thresholdKey = (percent: number): string => `actual:${percent}`;

export function decideEvents(facts: PeriodFacts): PeriodDecision {
  const { limitNano, spentNano, forecastNano, forecastPercent } = facts;
  const watched = [
    ...facts.thresholds.map((percent) => ({
      event: { key: thresholdKey(percent), kind: "threshold" as const, percent },
      reached: reachesPercent(spentNano, percent, limitNano),
    })),
    // Once it is spent, there is nothing left to forecast.
    ...(forecastPercent === null || forecastNano === null || reachesPercent(spentNano, forecastPercent, limitNano)
      ? []
      : [
          {
            event: { key: `forecast:${forecastPercent}`, kind: "forecast" as const, percent: forecastPercent },
            reached: reachesPercent(forecastNano, forecastPercent, limitNano),
          },
        ]),
  ];
  const said = new Map(facts.said.map((event) => [event.key, event]));
  const events: NewEvent[] = watched.filter(({ event, reached }) => reached && !said.has(event.key)).map(({ event }) => event);
  const rearm = watched
    .filter(({ event, reached }) => !reached && (said.get(event.key)?.limitNano ?? limitNano) < limitNano)
    .map(({ event }) => event.key);

  const capped = facts.hard && reachesPercent(spentNano, 100, limitNano);
  if (capped !== facts.capped) {
    const [now, before] = capped ? (["capped", "released"] as const) : (["released", "capped"] as const);
    events.push({ key: now, kind: now, percent: null });
    rearm.push(...[before, now].filter((key) => said.has(key)));
  }
  return { events, rearm, capped };
}
