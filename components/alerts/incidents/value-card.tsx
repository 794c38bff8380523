"use client";
import { useMemo } from "react";
import { TimeChart } from "@/components/charts";
import { QueryCard } from "@/components/states";
import { instantsOf } from "@/lib/alerts/backtest/run-backtest";
import type { BacktestSeries } from "@/lib/alerts/backtest/schemas";
import { formatMeasured } from "@/lib/alerts/incidents/format-measured";
import type { IncidentDetails } from "@/lib/alerts/incidents/schemas";
import { ruleFieldsSchema, type AlertRule } from "@/lib/alerts/rules/schemas";
import type { Dimension } from "@/lib/metrics/dimensions";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { prepareLines } from "../rules/prepare-backtest";
import { useBacktest } from "../rules/use-rules";

/** Seen on both sides of the incident, as far as there is a before and an after. */
const MARGIN_MS = 6 * HOUR_MS;

/** The number that the rule watched around the incident, with the threshold in it. */
export function ValueCard({ incident, now }: { incident: IncidentDetails; now: number }) {
  const rule = useMemo(() => ruleOf(incident), [incident]);
  const since = Date.parse(incident.breachedSince) - MARGIN_MS;
  const until = (incident.endedAt ? Date.parse(incident.endedAt) : now) + MARGIN_MS;
  const query = useBacktest(rule, Math.min(90, Math.max(1, Math.ceil((now - since) / DAY_MS))));
  const { label, unit, side } = incident.measured;
  const text = formatMeasured(incident.threshold, unit);
  return (
    <QueryCard
      title={label}
      description="What the rule saw around this incident. Empty where there was no data or too little to judge by."
      query={query}
      height={280}
      isEmpty={(series) => series.groups.length === 0}
    >
      {(series) => {
        const { lines } = prepareLines(between(series, since, until), side);
        return (
          <TimeChart
            title={label}
            unit={unit}
            series={lines.slice(0, 1)}
            grain="hour"
            height={240}
            syncId="incident"
            threshold={{ value: Number(incident.threshold), label: `${side === "above" ? "≥" : "≤"} ${text}` }}
          />
        );
      }}
    </QueryCard>
  );
}

/** The rule as it was, narrowed to what this incident is about. */
function ruleOf({ rule, labels }: IncidentDetails): AlertRule {
  const fields = Object.fromEntries(
    Object.keys(ruleFieldsSchema.shape).map((key) => [key, rule[key as keyof AlertRule]]),
  ) as unknown as AlertRule;
  const own = Object.entries(labels).map(([dimension, value]) => ({ dimension: dimension as Dimension, in: [value] }));
  return { ...fields, filters: [...fields.filters, ...own].slice(0, 10) };
}

/** The part of a series in a stretch of time, as a series. */
function between(series: BacktestSeries, from: number, to: number): BacktestSeries {
  const inside = (at: number) => at >= from && at <= to;
  let before = 0;
  const kept: number[] = [];
  const stretches = series.stretches.flatMap((stretch) => {
    const instants = instantsOf({ stretches: [stretch] });
    const own = instants.flatMap(({ at }, index) => (inside(at) ? [before + index] : []));
    before += instants.length;
    kept.push(...own);
    const first = instants.find(({ at }) => inside(at));
    return first ? [{ from: first.at, everySec: stretch.everySec, count: own.length }] : [];
  });
  const pick = <T,>(values: readonly T[]): T[] => kept.map((index) => values[index]!);
  return {
    ...series,
    stretches,
    groups: series.groups.map((group) => ({ ...group, seen: pick(group.seen), spentUsd: [] })),
  };
}
