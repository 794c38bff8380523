/**
 * When things happen in the demo fleet, from its first day on. A plan is fixed at the first start and kept, so that the
 * same events come out of it for ever.
 */
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface FleetCalendar {
  seed: number;
  /** First midnight (UTC) of the history. */
  beginsMs: number;
  /** From here on a negotiated price holds. */
  priceChangeMs: number;
  /** The bad day: a provider incident of six hours on a working day. */
  incident: { provider: string; fromMs: number; toMs: number };
}

const HISTORY_DAYS = 30;

/** The calendar of a fleet first started at `nowMs`: 30 days of past, price change half-way, incident ten days ago. */
export function makeCalendar(nowMs: number, seed: number): FleetCalendar {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const beginsMs = today - HISTORY_DAYS * DAY_MS;
  let badDay = today - 10 * DAY_MS;
  while ([0, 6].includes(new Date(badDay).getUTCDay())) badDay -= DAY_MS;
  return {
    seed,
    beginsMs,
    priceChangeMs: beginsMs + 15 * DAY_MS,
    incident: { provider: "openai", fromMs: badDay + 9 * HOUR_MS, toMs: badDay + 15 * HOUR_MS },
  };
}
