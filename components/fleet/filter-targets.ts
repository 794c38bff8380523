/** Which targets a person asked for, and how many stand how. Pure. */
import type { TargetView } from "@/lib/fleet/schemas";
import type { Connector } from "@/lib/protocol/connectors";
import { isWorry, STANDINGS, standingOf, type Standing } from "./standing";

/** `current`: all that still take part. `attention`: those that somebody should look at. */
export type StandingFilter = "current" | "attention" | Standing;
export const STANDING_FILTERS = ["current", "attention", ...STANDINGS] as const satisfies readonly StandingFilter[];

export interface TargetFilter {
  /** Part of a name, version, GPU or model. */
  q: string;
  connector: Connector | null;
  environment: string | null;
  pool: string | null;
  standing: StandingFilter;
}

export const filterTargets = (targets: readonly TargetView[], filter: TargetFilter): TargetView[] =>
  besidesStanding(targets, filter).filter((target) => matches(standingOf(target), filter.standing));

/** How many there would be for each choice of standing, with the other filters as they are. Those of nothing are left out. */
export function countStandings(
  targets: readonly TargetView[],
  filter: TargetFilter,
): { filter: StandingFilter; count: number }[] {
  const standings = besidesStanding(targets, filter).map(standingOf);
  return STANDING_FILTERS.map((choice) => ({
    filter: choice,
    count: standings.filter((standing) => matches(standing, choice)).length,
  })).filter(({ filter: choice, count }) => choice === "current" || choice === filter.standing || count > 0);
}

export const isNarrowed = ({ q, connector, environment, pool, standing }: TargetFilter): boolean =>
  q.trim() !== "" || connector !== null || environment !== null || pool !== null || standing !== "current";

const matches = (standing: Standing, choice: StandingFilter) =>
  choice === "current" ? standing !== "revoked" : choice === "attention" ? isWorry(standing) : standing === choice;

function besidesStanding(targets: readonly TargetView[], { q, connector, environment, pool }: TargetFilter): TargetView[] {
  const sought = q.trim().toLowerCase();
  return targets.filter(
    (target) =>
      (connector === null || target.connector === connector) &&
      (environment === null || target.environment === environment) &&
      (pool === null || target.pool === pool) &&
      (sought === "" ||
        [target.name, target.version, target.pool, target.hardware?.gpuType, target.hardware?.model].some((text) =>
          text?.toLowerCase().includes(sought),
        )),
  );
}
