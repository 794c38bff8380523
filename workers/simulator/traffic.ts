/** How much traffic, and how the world behaves, at a moment. Pure functions of the clock and the calendar. */
import type { FleetCalendar } from "./calendar";
import type { ModelPlan, Shape, TenantPlan } from "./fleet";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const GROWTH_DAYS = 90;

/** Each hour of a local day against the mean hour (the 24 factors of a shape average 1). */
const HOURS: Record<Shape, readonly number[]> = {
  office: level([1, 1, 1, 1, 1, 2, 5, 12, 22, 27, 28, 27, 22, 25, 27, 26, 23, 17, 10, 6, 4, 3, 2, 1]),
  consumer: level([7, 4, 3, 2, 2, 3, 5, 8, 11, 13, 15, 17, 18, 17, 16, 17, 18, 20, 24, 28, 30, 27, 20, 12]),
  always: level([9, 8, 8, 8, 9, 10, 11, 12, 13, 13, 13, 13, 12, 13, 13, 13, 12, 12, 11, 11, 10, 10, 9, 9]),
};

/** Sunday to Saturday. */
const WEEKDAYS: Record<Shape, readonly number[]> = {
  office: [0.18, 1.15, 1.25, 1.22, 1.18, 1.02, 0.25],
  consumer: [1.2, 0.9, 0.88, 0.92, 0.98, 1.05, 1.25],
  always: [0.85, 1.05, 1.05, 1.05, 1.05, 1.03, 0.9],
};

function level(hours: number[]): number[] {
  const mean = hours.reduce((sum, value) => sum + value, 0) / hours.length;
  return hours.map((value) => value / mean);
}

/** Traffic of a tenant at `atMs` against its average day: shape of the local hour and weekday, and growth. */
export function trafficFactor(tenant: TenantPlan, calendar: FleetCalendar, atMs: number): number {
  const local = atMs + tenant.zoneHours * HOUR_MS;
  const hour = (local / HOUR_MS) % 24;
  const before = HOURS[tenant.shape][Math.floor(hour)]!;
  const after = HOURS[tenant.shape][(Math.floor(hour) + 1) % 24]!;
  const share = hour - Math.floor(hour);
  const weekday = WEEKDAYS[tenant.shape][new Date(local).getUTCDay()]!;
  const days = Math.min(GROWTH_DAYS, Math.max(0, (atMs - calendar.beginsMs) / DAY_MS));
  return (before + (after - before) * share) * weekday * tenant.growth ** (days / 30);
}

export interface Weather {
  /** Share of attempts that the provider answers with an error. */
  errors: number;
  rateLimited: number;
  /** Factor on every duration. */
  slowness: number;
}

/** How a provider does at `atMs`: the bad day ramps up and down within half an hour. */
export function weatherOf(model: ModelPlan, calendar: FleetCalendar, atMs: number): Weather {
  if (model.provider === "self-hosted") return { errors: 0.001, rateLimited: 0, slowness: 1 };
  const { incident } = calendar;
  const ramp = HOUR_MS / 2;
  const depth =
    model.provider === incident.provider
      ? Math.max(0, Math.min(1, (atMs - incident.fromMs) / ramp, (incident.toMs - atMs) / ramp))
      : 0;
  return { errors: 0.004 + 0.42 * depth, rateLimited: 0.004 + 0.1 * depth, slowness: 1 + 2.4 * depth };
}
