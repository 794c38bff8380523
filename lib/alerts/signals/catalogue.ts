/**
 * What Headroom says about itself: numbers that no usage event carries, described as metrics are, so that a rule treats
 * both alike. Pure. They are read once a minute (read-signals.ts) and kept in telemetry.signal_minute; a window answers the
 * highest minute in it, and a minute that nobody recorded is no data. Of the whole installation: no dimensions.
 */
import { METRICS, nearestOf, type MetricDefinition, type MetricUnit } from "@/lib/metrics/catalogue";

export interface SignalDefinition {
  id: string;
  label: string;
  unit: MetricUnit;
  direction: "lower";
  description: string;
}

const definitions: SignalDefinition[] = [
  {
    id: "agents_offline",
    label: "Targets offline",
    unit: "count",
    direction: "lower",
    description: "Gateways and nodes that are enrolled and not heard from, while the fleet server listened.",
  },
  {
    id: "targets_drifted",
    label: "Targets with config drift",
    unit: "count",
    direction: "lower",
    description: "Targets that read back something else than was applied, three polls in a row.",
  },
  {
    id: "ingest_lag_ms",
    label: "Ingest lag",
    unit: "ms",
    direction: "lower",
    description: "How far behind now everything that was accepted is stored.",
  },
  {
    id: "dead_letters",
    label: "New dead letters",
    unit: "count",
    direction: "lower",
    description: "Events of a minute that could not be stored and wait to be replayed.",
  },
];

export const SIGNALS: ReadonlyMap<string, SignalDefinition> = new Map(definitions.map((signal) => [signal.id, signal]));

/** What a rule can watch. */
export type Watched = { kind: "metric"; definition: MetricDefinition } | { kind: "signal"; definition: SignalDefinition };

export function findWatched(id: string): Watched | undefined {
  const metric = METRICS.get(id);
  if (metric) return { kind: "metric", definition: metric };
  const signal = SIGNALS.get(id);
  return signal && { kind: "signal", definition: signal };
}

export const nearestWatched = (typed: string): string => nearestOf(typed, [...METRICS.keys(), ...SIGNALS.keys()])!;
