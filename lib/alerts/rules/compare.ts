/** The number a condition watches, held against its threshold. Pure; the backtest moves the threshold and runs this again. */
import { Decimal } from "@/lib/money";
import type { Verdict } from "../lifecycle/machine";
import { reaches } from "../reaches";
import type { Condition } from "./schemas";

/**
 * What an evaluation saw. `value` is what is compared: the metric itself, its change in percent, the share of the burn-rate
 * alarm that is reached, or the anomaly score. Decimal text.
 */
export type Observation =
  | { kind: "value"; value: string }
  | { kind: "no_data" }
  | { kind: "unknown"; why: string }
  | { kind: "error"; message: string };

/** The threshold of a condition as the one number that a slider can move. */
export function thresholdOf(condition: Condition): string {
  switch (condition.type) {
    case "threshold":
      return condition.value;
    case "change":
      return condition.direction === "up" ? condition.percent : new Decimal(condition.percent).neg().toFixed();
    case "burn_rate":
      return condition.factor;
    case "anomaly":
      return condition.direction === "down" ? new Decimal(condition.score).neg().toFixed() : condition.score;
    case "no_data":
      return "1";
  }
}

/** Which side of the threshold is the bad one. */
export function sideOf(condition: Condition): "above" | "below" {
  if (condition.type === "threshold") return condition.direction;
  return (condition.type === "change" || condition.type === "anomaly") && condition.direction === "down" ? "below" : "above";
}

/** The same condition with another threshold, as `thresholdOf` reads it. */
export function withThreshold(condition: Condition, threshold: string): Condition {
  const size = new Decimal(threshold).abs().toFixed();
  switch (condition.type) {
    case "threshold":
      return { ...condition, value: threshold };
    case "change":
      return { ...condition, percent: size };
    case "burn_rate":
      return { ...condition, factor: size };
    case "anomaly":
      return { ...condition, score: size };
    case "no_data":
      return condition;
  }
}

/** `>=` on the bad side, `<=` where lower is worse: exactly at the threshold is over it. */
function breaches(condition: Condition, value: string): boolean {
  const threshold = thresholdOf(condition);
  return sideOf(condition) === "above" ? reaches(value, threshold) : reaches(threshold, value);
}

export function verdictOf(condition: Condition, observation: Observation): Verdict {
  if (observation.kind === "value") return breaches(condition, observation.value) ? "breach" : "clear";
  // Here silence is the condition itself, whatever the rule does about missing data elsewhere.
  if (observation.kind === "no_data" && condition.type === "no_data") return "breach";
  return observation.kind;
}
