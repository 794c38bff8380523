/** All hard stops of one moment, from facts that can be written down and computed again. Pure. */
import type { CountBlock } from "./count-evidence";
import { failureStreak, hardStops, type HardStopFacts } from "./hard-stops";

export interface StopFacts {
  input: HardStopFacts;
  /** Both arms in ten-second steps, oldest first. */
  recent: readonly CountBlock[];
}

/** The same with its amounts as text, as JSON keeps it. */
export type WrittenStops = ReturnType<typeof writeStops>;

export function stopsOf({ input, recent }: StopFacts): string[] {
  const stops = hardStops(input);
  return failureStreak(recent) ? [...stops, "Every one of the newest requests of the canary failed."] : stops;
}

export function writeStops({ input, recent }: StopFacts) {
  const { targets, spendNanoUsdPerHour: spend, spendCeilingNanoUsdPerHour: ceiling, costPerSuccess: cost } = input;
  return {
    targets,
    spend: spend?.toString() ?? null,
    ceiling: ceiling?.toString() ?? null,
    cost: cost && { ...cost, canaryNanoUsd: cost.canaryNanoUsd.toString(), baselineNanoUsd: cost.baselineNanoUsd.toString() },
    recent,
  };
}

export function readStops({ targets, spend, ceiling, cost, recent }: WrittenStops): StopFacts {
  const amount = (text: string | null) => (text === null ? null : BigInt(text));
  return {
    input: {
      targets,
      spendNanoUsdPerHour: amount(spend),
      spendCeilingNanoUsdPerHour: amount(ceiling),
      costPerSuccess: cost && {
        ...cost,
        canaryNanoUsd: BigInt(cost.canaryNanoUsd),
        baselineNanoUsd: BigInt(cost.baselineNanoUsd),
      },
    },
    recent,
  };
}
