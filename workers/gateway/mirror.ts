/** A copy to the shadow target. Its answer is thrown away, its failure is nobody's; only what it cost is recorded. */
import type { PlannedTarget, RoutePlan } from "@/lib/policies";
import type { Exchange } from "./exchange";
import type { Gateway } from "./gateway";
import { statusOf } from "./try-targets";
import { callWhole, type Failure, type WholeAnswer } from "./upstream-client";
import { attemptEvent, usableUsage } from "./usage-recorder";

/** A slow shadow must not pile up. */
const MOST_UNDER_WAY = 32;

export function mirror(
  gateway: Gateway,
  exchange: Exchange,
  plan: RoutePlan,
  target: PlannedTarget,
  asked: Record<string, unknown>,
): void {
  launchCopy(gateway, () => sendCopy(gateway, exchange, plan, target, asked));
}

/** Behind the client's back, unless too much is there already. */
export function launchCopy(gateway: Gateway, work: () => Promise<unknown>): void {
  if (gateway.shadows.underWay >= MOST_UNDER_WAY) {
    gateway.metrics.shadowsSkipped.inc();
    return;
  }
  gateway.shadows.underWay += 1;
  // Whatever goes wrong with a copy is nobody's concern.
  void work()
    .catch(() => undefined)
    .finally(() => {
      gateway.shadows.underWay -= 1;
    });
}

/** One copy, sent and recorded. */
export async function sendCopy(
  gateway: Gateway,
  exchange: Exchange,
  plan: RoutePlan,
  target: PlannedTarget,
  asked: Record<string, unknown>,
  tags?: Record<string, string>,
): Promise<WholeAnswer | Failure> {
  const upstream = gateway.upstreams.get(target.upstream)!;
  const startedAt = Date.now();
  const clock = performance.now();
  const { stream: _stream, stream_options: _options, ...body } = asked;
  const result = await callWhole({
    upstream,
    path: "chat/completions",
    body,
    stream: false,
    timeoutMs: plan.settings.timeoutMs,
    firstTokenTimeoutMs: null,
    // The client may leave: the comparison goes on.
    signal: new AbortController().signal,
  });
  const facts = {
    target,
    upstream,
    attempt: 1,
    final: false,
    startedAt,
    queueMs: 0,
    ttftMs: null,
    latencyMs: performance.now() - clock,
    estimate: null,
    lookup: { layer: "none" as const, hit: false, similarity: null },
    lane: "interactive" as const,
    shadow: true,
    ...(tags ? { tags } : {}),
  };
  const outcome = result.ok
    ? { status: "success" as const, errorClass: null, usage: usableUsage(result.json["usage"]) }
    : { status: statusOf(result), errorClass: result.errorClass, usage: null };
  // Never streamed, whatever the client asked for.
  const served = exchange.mirrored ? { ...plan, variant: "canary" as const } : plan;
  gateway.record(attemptEvent(gateway.name, { ...exchange, stream: false }, served, { ...facts, ...outcome }));
  return result;
}
