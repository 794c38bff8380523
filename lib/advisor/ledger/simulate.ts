/**
 * Made-up telemetry of a rollout whose saving is known, to see how often an interval holds it: requests as the ledger reads
 * them, which then go the ledger's own way (cells.ts, measure.ts). Pure; for the coverage test.
 */
import { randomAt, type Random } from "@/lib/stats/random";
import { noMeters } from "@/lib/telemetry/event";
import type { LedgerEvent, StartedRollout } from "./store";

export interface SimulatedRun {
  rollout: StartedRollout;
  events: LedgerEvent[];
  /** Σ over treated successes of what they were expected to cost without the change, less what with it. */
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
/** Costs of requests spread like this: σ of the logarithm. */
const SPREAD = 0.9;
const FAILING = 0.02;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday. */
const T0 = Date.parse("2026-11-02T00:00:00Z");
const SCOPE = { level: "endpoint" as const, value: "chat" };

/** An amount with this mean: log-normal. */
const amount = (random: Random, mean: number, sigma: number) => random.around(mean * Math.exp(-(sigma ** 2) / 2), sigma);

/** Canary beside control through the steps of a rollout. The requests of one action share their size, and their arm. */
export function simulateSplit({ seed, factor }: Shape): SimulatedRun {
  const random = randomAt(seed, "split");
  const shares = [0.05, 0.05, 0.25, 0.25, 0.5, 0.5];
  const run = new Run(factor, { startedAt: T0, lastStepAt: T0 + shares.length * HOUR });
  for (const [hour, share] of shares.entries()) {
    for (const { id, meanNanoUsd, perHour } of TENANTS) {
      // Afternoons are dearer than mornings: a canary that grows meanwhile must not look dear.
      const mean = meanNanoUsd * (1 + 0.15 * hour);
      for (let actions = random.poisson(perHour); actions > 0; actions--) {
        const treated = random.chance(share);
        const actionId = `${seed}-${random.int(0, 1e9)}`;
        const size = amount(random, 1, 0.4);
        for (let requests = random.int(1, 3); requests > 0; requests--) {
          const at = T0 + hour * HOUR + random.int(0, HOUR - 1);
          const costNanoUsd = mean * size * amount(random, 1, SPREAD);
          const success = !random.chance(FAILING);
          run.add({ at, tenant: id, treated, variant: treated ? "canary" : "control", actionId, costNanoUsd, success, mean });
        }
      }
    }
  }
  return run.end();
}

/** A week with the change against four weeks without it. Days have their own level, and hours of the week their own price. */
export function simulateSeasonal({ seed, factor }: Shape): SimulatedRun {
  const random = randomAt(seed, "seasonal");
  const startedAt = T0 + 28 * DAY;
  const run = new Run(factor, { startedAt, lastStepAt: startedAt });
  for (let day = 0; day < 35; day++) {
    const treated = day >= 28;
    const level = amount(random, 1, 0.08);
    for (let hour = 8; hour < 20; hour += 4) {
      for (const { id, meanNanoUsd, perHour } of TENANTS) {
        const mean = meanNanoUsd * (1 + 0.1 * (hour % 3)) * (day % 7 >= 5 ? 0.8 : 1);
        for (let requests = random.poisson(perHour / 2); requests > 0; requests--) {
          const at = T0 + day * DAY + hour * HOUR + random.int(0, HOUR - 1);
          const costNanoUsd = mean * level * amount(random, 1, SPREAD);
          const success = !random.chance(FAILING);
          run.add({ at, tenant: id, treated, variant: null, actionId: null, costNanoUsd, success, mean });
        }
      }
    }
  }
  return run.end();
}

interface Request {
  at: number;
  tenant: string;
  treated: boolean;
  variant: "canary" | "control" | null;
  actionId: string | null;
  /** Without the change. */
  costNanoUsd: number;
  success: boolean;
  /** What such a request costs without the change, on average. */
  mean: number;
}

class Run {
  private readonly events: LedgerEvent[] = [];
  private expectedNanoUsd = 0;

  constructor(
    private readonly factor: number,
    private readonly times: { startedAt: number; lastStepAt: number },
  ) {}

  add({ at, tenant, treated, variant, actionId, costNanoUsd, success, mean }: Request): void {
    this.events.push({
      ...ALIKE,
      occurredAt: at,
      tenant,
      variant,
      requestId: `${this.events.length}`,
      actionId,
      success,
      status: success ? "success" : "error",
      storedNanoUsd: treated ? costNanoUsd * this.factor : costNanoUsd,
    });
    if (treated && success) this.expectedNanoUsd += mean * (1 - this.factor);
  }

  end(): SimulatedRun {
    const { startedAt, lastStepAt } = this.times;
    const rollout: StartedRollout = {
      changeId: "simulated",
      number: 1,
      scopes: [SCOPE],
      startedAt: new Date(startedAt),
      lastStepAt: new Date(lastStepAt),
      endedAt: new Date(lastStepAt + HOUR),
      promoted: true,
      gateways: ["gw"],
      pool: null,
      nodes: [],
    };
    // Failures are paid for by successes.
    return { rollout, events: this.events, trueNanoUsd: this.expectedNanoUsd / (1 - FAILING) };
  }
}

const ALIKE = {
  endpoint: SCOPE.value,
  route: "chat-default",
  provider: "openai",
  modelRequested: "large",
  modelServed: "large",
  pool: null,
  node: null,
  cacheLayer: "none",
  cacheHit: false,
  serviceTier: null,
  batch: false,
  meters: noMeters(),
} satisfies Partial<LedgerEvent>;
