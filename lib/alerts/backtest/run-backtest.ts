/**
 * What a rule would have done with what it saw: the production lifecycle, alert by alert. Pure and quick, so that it runs again
 * in the browser with every move of a threshold.
 */
import { Decimal, nanoToUsd, toNanoUsd } from "@/lib/money";
import { follow, type Track } from "../evaluate/track";
import { isOpen, type Transition } from "../lifecycle/machine";
import { reaches } from "../reaches";
import { sideOf, type Observation } from "../rules/compare";
import type { AlertRule } from "../rules/schemas";
import type { BacktestSeries, Seen } from "./schemas";

export interface BacktestIncident {
  labels: Record<string, string>;
  breachedSince: number;
  openedAt: number;
  /** Null: still open at the end. */
  endedAt: number | null;
  worst: string | null;
  worstAt: number;
  /** From firing to the worst moment: how much earlier somebody would have known. */
  leadSec: number;
  /** Spend in its scope from firing to its end. */
  spentUsd: string;
}

export interface BacktestResult {
  incidents: BacktestIncident[];
  transitions: (Transition & { labels: Record<string, string> })[];
  fires: number;
  /** Time with at least one open alert, once however many there are. */
  alertSec: number;
  testedSec: number;
  medianLeadSec: number | null;
  spentUsd: string;
  /** Of it what is above the usual spend of its alerts while they are quiet. */
  excessUsd: string;
}

export function instantsOf({ stretches }: Pick<BacktestSeries, "stretches">): { at: number; sinceSec: number }[] {
  return stretches.flatMap(({ from, everySec, count }) =>
    Array.from({ length: count }, (_, index) => ({ at: from + index * everySec * 1_000, sinceSec: everySec })),
  );
}

const observationOfSeen = (seen: Seen): Observation =>
  seen === null ? { kind: "no_data" } : seen === false ? { kind: "unknown", why: "" } : { kind: "value", value: seen };

export function runBacktest(rule: AlertRule, series: BacktestSeries): BacktestResult {
  const instants = instantsOf(series);
  const result: Pick<BacktestResult, "incidents" | "transitions"> = { incidents: [], transitions: [] };
  const inAlert = Array.from({ length: instants.length }, () => false);
  let excess = new Decimal(0);
  for (const group of series.groups) {
    const nano = group.spentUsd.map((usd) => (usd === null ? 0n : toNanoUsd(usd)));
    const open = followGroup(rule, group, instants, nano, result);
    open.forEach((is, index) => {
      if (is) inAlert[index] = true;
    });
    excess = excess.add(excessOf(open, nano, instants));
  }
  const leads = result.incidents.map(({ leadSec }) => leadSec).sort((a, b) => a - b);
  const spent = result.incidents.reduce((sum, { spentUsd }) => sum + toNanoUsd(spentUsd), 0n);
  return {
    incidents: result.incidents.sort((a, b) => b.openedAt - a.openedAt),
    transitions: result.transitions,
    fires: result.incidents.length,
    alertSec: instants.reduce((sum, { sinceSec }, index) => sum + (inAlert[index] ? sinceSec : 0), 0),
    testedSec: instants.reduce((sum, { sinceSec }) => sum + sinceSec, 0),
    medianLeadSec: leads.length === 0 ? null : leads[leads.length >> 1]!,
    spentUsd: nanoToUsd(spent),
    excessUsd: excess.toDecimalPlaces(9).toFixed(),
  };
}

/** Whether the alert was open in the stretch that ends at each instant. */
function followGroup(
  rule: AlertRule,
  { labels, seen }: BacktestSeries["groups"][number],
  instants: readonly { at: number }[],
  nano: readonly bigint[],
  into: Pick<BacktestResult, "incidents" | "transitions">,
): boolean[] {
  const above = sideOf(rule.condition) === "above";
  const open: boolean[] = [];
  let track: Track | null = null;
  let incident: (BacktestIncident & { nano: bigint }) | null = null;
  for (const [index, { at }] of instants.entries()) {
    const wasOpen: boolean = track !== null && isOpen(track.state);
    open.push(wasOpen);
    if (wasOpen && incident) incident.nano += nano[index] ?? 0n;
    const observed = seen[index] ?? null;
    const followed = follow(track, rule, observationOfSeen(observed), at);
    track = followed.track;
    const { transition } = followed;
    if (transition) into.transitions.push({ ...transition, labels });
    if (transition?.kind === "firing") {
      const since: number = track?.state.breachedSince ?? at;
      incident = {
        labels,
        breachedSince: since,
        openedAt: at,
        endedAt: null,
        worst: null,
        worstAt: at,
        leadSec: 0,
        spentUsd: "0",
        nano: 0n,
      };
      into.incidents.push(incident);
    }
    if (incident && track && isOpen(track.state) && typeof observed === "string") {
      const worse: boolean =
        incident.worst === null || (above ? !reaches(incident.worst, observed) : !reaches(observed, incident.worst));
      if (worse) Object.assign(incident, { worst: observed, worstAt: at, leadSec: (at - incident.openedAt) / 1_000 });
    }
    if (transition?.kind === "resolved" && incident) {
      Object.assign(incident, { endedAt: at });
      finish(incident);
      incident = null;
    }
  }
  if (incident) finish(incident);
  return open;
}

function finish(incident: BacktestIncident & { nano?: bigint }): void {
  incident.spentUsd = nanoToUsd(incident.nano ?? 0n);
  delete incident.nano;
}

/** What was spent in alert beyond what the same time costs while quiet. Without quiet time nothing is usual. */
function excessOf(open: readonly boolean[], nano: readonly bigint[], instants: readonly { sinceSec: number }[]): Decimal {
  const sums = { open: { nano: 0n, sec: 0 }, quiet: { nano: 0n, sec: 0 } };
  for (const [index, { sinceSec }] of instants.entries()) {
    const sum = open[index] ? sums.open : sums.quiet;
    sum.nano += nano[index] ?? 0n;
    sum.sec += sinceSec;
  }
  if (sums.open.sec === 0 || sums.quiet.sec === 0) return new Decimal(0);
  const usual = new Decimal(sums.quiet.nano.toString()).div(sums.quiet.sec).mul(sums.open.sec);
  return new Decimal(sums.open.nano.toString()).sub(usual).div(1_000_000_000);
}
