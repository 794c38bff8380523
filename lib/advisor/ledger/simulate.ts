/** Made-up telemetry with a saving that is known, to see how often an interval holds it. Pure; for the coverage test. */
import { randomAt, type Random } from "@/lib/stats/random";
import type { SavingCell } from "./measure";

export interface SimulatedRun {
  cells: SavingCell[];
  /** Σ over treated successes of what they were expected to cost without the change and with it. */
  trueNanoUsd: number;
}

interface Shape {
  seed: number;
  /** Cost with the change ÷ without it. */
  factor: number;
}

const TENANTS = [
  { id: "a", meanNanoUsd: 900_000, perHour: 30 },
  { id: "b", meanNanoUsd: 250_000, perHour: 60 },
  { id: "c", meanNanoUsd: 4_000_000, perHour: 8 },
] as const;
const GROUPS = 20;
/** Costs of requests spread like this: σ of the logarithm. */
const SPREAD = 0.9;
const FAILING = 0.02;

/** An amount with this mean: log-normal. */
const amount = (random: Random, mean: number, sigma: number) => random.around(mean * Math.exp(-(sigma ** 2) / 2), sigma);

/** Canary beside control through the steps of a rollout. The requests of one action share their size. */
export function simulateSplit({ seed, factor }: Shape): SimulatedRun {
  const random = randomAt(seed, "split");
  const sums = new Sums();
  for (const [hour, share] of [0.05, 0.05, 0.25, 0.25, 0.5, 0.5].entries()) {
    for (const { id, meanNanoUsd, perHour } of TENANTS) {
      // Afternoons are dearer than mornings: a canary that grows meanwhile must not look dear.
      const mean = meanNanoUsd * (1 + 0.15 * hour);
      for (let actions = random.poisson(perHour); actions > 0; actions--) {
        const arm = random.chance(share) ? "treated" : "control";
        const group = String(random.int(0, GROUPS - 1));
        const size = amount(random, 1, 0.4);
        for (let requests = random.int(1, 3); requests > 0; requests--) {
          const would = mean * size * amount(random, 1, SPREAD);
          const expected = mean * (arm === "treated" ? 1 - factor : 0);
          sums.add(
            { stratum: `${id} ${hour}`, arm, group },
            arm === "treated" ? would * factor : would,
            !random.chance(FAILING),
            expected,
          );
        }
      }
    }
  }
  return sums.run(1 / (1 - FAILING));
}

/** A week with the change against four weeks without it. Days have their own level, and hours of the week their own price. */
export function simulateSeasonal({ seed, factor }: Shape): SimulatedRun {
  const random = randomAt(seed, "seasonal");
  const sums = new Sums();
  for (let day = 0; day < 35; day++) {
    const arm = day < 28 ? "control" : "treated";
    const level = amount(random, 1, 0.08);
    for (let hour = 8; hour < 20; hour += 4) {
      for (const { id, meanNanoUsd, perHour } of TENANTS) {
        const mean = meanNanoUsd * (1 + 0.1 * (hour % 3)) * (day % 7 >= 5 ? 0.8 : 1);
        for (let requests = random.poisson(perHour / 2); requests > 0; requests--) {
          const would = mean * level * amount(random, 1, SPREAD);
          const expected = mean * (arm === "treated" ? 1 - factor : 0);
          const stratum = `${id} ${day % 7} ${hour}`;
          sums.add(
            { stratum, arm, group: String(day) },
            arm === "treated" ? would * factor : would,
            !random.chance(FAILING),
            expected,
          );
        }
      }
    }
  }
  return sums.run(1 / (1 - FAILING));
}

class Sums {
  private readonly cells = new Map<string, SavingCell>();
  private expectedNanoUsd = 0;

  add(key: Pick<SavingCell, "stratum" | "arm" | "group">, costNanoUsd: number, success: boolean, expectedSaving: number): void {
    const name = JSON.stringify(key);
    const cell = this.cells.get(name) ?? { ...key, costNanoUsd: 0, successes: 0 };
    this.cells.set(name, cell);
    cell.costNanoUsd += costNanoUsd;
    if (success) {
      cell.successes += 1;
      this.expectedNanoUsd += expectedSaving;
    }
  }

  /** Failures are paid for by successes. */
  run(failureFactor: number): SimulatedRun {
    return { cells: [...this.cells.values()], trueNanoUsd: this.expectedNanoUsd * failureFactor };
  }
}
