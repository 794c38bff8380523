/** How many requests a minute there are where a change would be tried, and what that makes detectable. */
import { setImmediate } from "node:timers/promises";
import type { Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import type { MetricCell } from "@/lib/metrics/schemas";
import { commonScope } from "../describe/policy-edits";
import { detections, type Detection } from "../guardrails/detectable";
import type { Traffic } from "../guardrails/simulate";
import { nodesOf, type RolloutPlan } from "../rollout/plan";
import type { ChangePreview, PolicyEdit } from "../schemas";

const WINDOW_MIN = 60;
const DIMENSION_OF = { tenant: "tenant", endpoint: "endpoint", pool: "pool", node: "node" } as const;
const USUAL = { errorRate: 0.01, slowRate: 0.05, costSigma: 1 };
const LONGEST_MIN = 6 * 60;

interface Measured {
  requestsPerMinute: number;
  errorRate: number;
}

export async function readTraffic(ctx: Ctx, edits: readonly PolicyEdit[]): Promise<Measured> {
  const scope = commonScope(edits);
  const dimension = scope && scope.level in DIMENSION_OF ? DIMENSION_OF[scope.level as keyof typeof DIMENSION_OF] : null;
  const { rows } = await runQuery(ctx, {
    metrics: ["requests", "error_rate"],
    filters: dimension && scope?.value ? [{ dimension, in: [scope.value] }] : [],
    from: new Date(ctx.now.getTime() - WINDOW_MIN * 60_000).toISOString(),
    to: ctx.now.toISOString(),
  });
  const number = (metric: string) => Number((rows[0]?.[metric] as MetricCell | undefined)?.value ?? Number.NaN);
  const requests = number("requests");
  const errorRate = number("error_rate");
  return {
    requestsPerMinute: Number.isFinite(requests) ? requests / WINDOW_MIN : 0,
    errorRate: Number.isFinite(errorRate) ? errorRate : USUAL.errorRate,
  };
}

/** Of the steps that have a baseline beside them, on average. Null: none has. */
function canaryShareOf(plan: RolloutPlan, targets: number): number | null {
  const shares = plan.sharesPercent.slice(0, -1);
  if (shares.length === 0) return null;
  const ofNodes = (share: number) => (targets === 0 ? share / 100 : nodesOf(share, targets) / targets);
  const real = shares.map((share) => (plan.strategy === "nodes" ? ofNodes(share) : share / 100));
  return real.reduce((sum, share) => sum + share, 0) / real.length;
}

/** The simulation takes a second or two, and every page that looks asks again and again for the same. */
const known = new Map<string, Promise<Detection[]>>();
const MOST_KNOWN = 200;

export async function detectableBy(
  plan: RolloutPlan,
  targets: number,
  measured: Measured,
): Promise<Pick<ChangePreview, "traffic" | "detectable">> {
  const canaryShare = canaryShareOf(plan, targets);
  if (canaryShare === null || measured.requestsPerMinute === 0) return { traffic: null, detectable: [] };
  const traffic: Traffic = {
    // Coarse, so that traffic which moves a little from look to look is not simulated anew.
    requestsPerMinute: rounded(measured.requestsPerMinute, 1),
    canaryShare: Math.min(0.5, rounded(canaryShare, 2)),
    errorRate: Math.max(0.001, rounded(measured.errorRate, 1)),
    slowRate: USUAL.slowRate,
    costSigma: USUAL.costSigma,
  };
  const minutes = Math.min(LONGEST_MIN, Math.max(10, plan.soakMin) * (plan.sharesPercent.length - 1));
  const key = JSON.stringify([traffic, minutes]);
  let found = known.get(key);
  if (!found) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, (found = simulated(traffic, minutes)));
  }
  return { traffic: { requestsPerMinute: measured.requestsPerMinute, canaryShare }, detectable: await found };
}

/** Piece by piece: nobody else's request waits for all of it. */
async function simulated(traffic: Traffic, minutes: number): Promise<Detection[]> {
  const found: Detection[] = [];
  for (const find of detections(traffic, minutes)) {
    await setImmediate();
    found.push(find());
  }
  return found;
}

const rounded = (value: number, digits: number) => Number(value.toPrecision(digits));
