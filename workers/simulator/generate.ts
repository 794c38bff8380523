/**
 * The fleet's telemetry as a pure function of time. The clock is cut into minutes; what starts in a minute is decided
 * by a generator seeded with that minute alone, so any window can be asked for, in any order, in pieces of any size,
 * and the union is always the same.
 */
import type { NativeEvent } from "@/lib/telemetry";
import type { TimedEvent } from "./attempts";
import type { FleetCalendar } from "./calendar";
import { STARTS_PER_DAY, TENANTS, type EndpointId, type TenantPlan } from "./fleet";
import { randomAt, type Random } from "@/lib/stats/random";
import { playRecipe } from "./play-recipe";
import { RECIPES, type SceneOutcome } from "./recipes";
import { trafficFactor } from "./traffic";

const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 1_440;
/** Nothing that starts in a minute is reported later than this after it. */
export const LONGEST_MS = 20 * MINUTE_MS;

/** An outcome in the wire form of POST /api/v1/outcomes. */
export interface WireOutcome {
  id: string;
  requestId?: string;
  actionId?: string;
  kpi: string;
  value: number;
  label: string | null;
  occurredAt: string;
  tenant: string;
}

export interface Telemetry {
  events: TimedEvent[];
  outcomes: { dueMs: number; outcome: WireOutcome }[];
}

const FLOWS = Object.entries(STARTS_PER_DAY).flatMap(([endpoint, tenants]) =>
  Object.entries(tenants).map(([tenant, perDay]) => ({
    endpoint: endpoint as EndpointId,
    tenant: TENANTS.find((plan) => plan.id === tenant) as TenantPlan,
    perDay,
  })),
);

/** Who starts what, how often, within the minute which begins at `minuteMs`. */
export function startsOf(
  calendar: FleetCalendar,
  minuteMs: number,
): { endpoint: EndpointId; tenant: TenantPlan; count: number; random: Random }[] {
  return FLOWS.map(({ endpoint, tenant, perDay }) => {
    const random = randomAt(calendar.seed, minuteMs, endpoint, tenant.id);
    const expected = (perDay / MINUTES_PER_DAY) * trafficFactor(tenant, calendar, minuteMs);
    return { endpoint, tenant, count: random.poisson(expected), random };
  });
}

/** Everything that starts within the minute which begins at `minuteMs`, in order of the time it is known. */
export function playMinute(calendar: FleetCalendar, minuteMs: number): Telemetry {
  const telemetry: Telemetry = { events: [], outcomes: [] };
  const limitMs = minuteMs + LONGEST_MS;
  for (const { endpoint, tenant, count, random } of startsOf(calendar, minuteMs)) {
    for (let starts = count; starts > 0; starts--) {
      const scene = { random, calendar, tenant, endpoint };
      const play = playRecipe(RECIPES[endpoint], scene, minuteMs + random.next() * MINUTE_MS);
      for (const timed of play.events) if (timed.dueMs < limitMs) telemetry.events.push(timed);
      for (const outcome of play.outcomes) {
        const sent = wireOutcome(outcome, tenant.id, random);
        if (outcome.atMs < limitMs) telemetry.outcomes.push({ dueMs: Math.ceil(outcome.atMs), outcome: sent });
      }
    }
  }
  return telemetry;
}

export function wireOutcome({ atMs, ...outcome }: SceneOutcome, tenant: string, random: Random): WireOutcome {
  return { id: `out-${random.hex(20)}`, ...outcome, occurredAt: new Date(Math.round(atMs)).toISOString(), tenant };
}

/** Remembers the minutes that overlapping windows share. */
export class Fleet {
  private readonly minutes = new Map<number, Telemetry>();
  constructor(readonly calendar: FleetCalendar) {}

  /** What senders learn in [fromMs, toMs), in order. */
  between(fromMs: number, toMs: number): { events: NativeEvent[]; outcomes: WireOutcome[] } {
    const window = this.timedBetween(fromMs, toMs);
    return { events: window.events.map(({ event }) => event), outcomes: window.outcomes.map(({ outcome }) => outcome) };
  }

  /** As `between`, with the times. */
  timedBetween(fromMs: number, toMs: number): Telemetry {
    const first = Math.floor((fromMs - LONGEST_MS) / MINUTE_MS) * MINUTE_MS;
    const found: Telemetry = { events: [], outcomes: [] };
    const due = ({ dueMs }: { dueMs: number }) => dueMs >= fromMs && dueMs < toMs;
    for (let minute = first; minute < toMs; minute += MINUTE_MS) {
      const telemetry = this.minuteAt(minute);
      found.events.push(...telemetry.events.filter(due));
      found.outcomes.push(...telemetry.outcomes.filter(due));
    }
    found.events.sort((a, b) => a.dueMs - b.dueMs || (a.event.id < b.event.id ? -1 : 1));
    found.outcomes.sort((a, b) => a.dueMs - b.dueMs || (a.outcome.id < b.outcome.id ? -1 : 1));
    return found;
  }

  private minuteAt(minuteMs: number): Telemetry {
    let telemetry = this.minutes.get(minuteMs);
    if (!telemetry) {
      telemetry = minuteMs < this.calendar.beginsMs ? { events: [], outcomes: [] } : playMinute(this.calendar, minuteMs);
      this.minutes.set(minuteMs, telemetry);
      // Enough for the overlap of neighbouring windows; older minutes can always be played again.
      if (this.minutes.size > 120) this.minutes.delete(this.minutes.keys().next().value!);
    }
    return telemetry;
  }
}
