/**
 * From target to target until one answers:
 *
 *   call ──ok──→ answer
 *     └─failed─→ same target again (retry.attempts) → next target (fallback.order) → error to the client
 *
 * A second try needs a cause that another try can mend, and the route's budget. Each call is recorded when it is known
 * whether it was the last one, so that a request has exactly one final event.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { PlannedTarget, RoutePlan } from "@/lib/policies";
import type { NativeEvent } from "@/lib/telemetry/schemas";
import type { Upstream } from "./config";
import type { Exchange } from "./exchange";
import type { Gateway } from "./gateway";
import { GatewayError } from "./gateway-error";
import { parseObject, type Failure } from "./upstream-client";
import { attemptEvent, type AttemptFacts, type CacheLookup } from "./usage-recorder";

export interface Job<A> {
  exchange: Exchange;
  plan: RoutePlan;
  targets: readonly PlannedTarget[];
  /** Attempts of this request before these. */
  attemptsBefore: number;
  /** False: somebody else's answer stands when all of these fail. */
  finalWhenFailed: boolean;
  queueMs: number;
  lane: "interactive" | "batch";
  lookup: CacheLookup;
  signal: AbortSignal;
  call: (target: PlannedTarget, upstream: Upstream, signal: AbortSignal) => Promise<A | Failure>;
}

export interface Tried<A> {
  answer: A;
  target: PlannedTarget;
  provider: string;
  attempt: number;
  startedAt: number;
  /** To the answer, or to the first bytes of a stream. */
  elapsedMs: number;
  record: (outcome: Outcome) => void;
}

export type Outcome = Pick<AttemptFacts, "final" | "status" | "errorClass" | "ttftMs" | "latencyMs" | "usage" | "estimate">;

export async function tryTargets<A extends { ok: true }>(gateway: Gateway, job: Job<A>): Promise<Tried<A>> {
  const { exchange, plan, signal } = job;
  const { retry, fallback } = plan.settings;
  let attempt = job.attemptsBefore;
  for (let index = 0; ; index += 1) {
    const target = job.targets[index]!;
    const upstream = gateway.upstreams.get(target.upstream)!;
    for (let tries = 1; ; tries += 1) {
      attempt += 1;
      const number = attempt;
      const startedAt = Date.now();
      const clock = performance.now();
      const result = await job.call(target, upstream, signal);
      const elapsedMs = performance.now() - clock;
      const record = (outcome: Outcome) => {
        const { queueMs, lane, lookup } = job;
        const facts = { target, upstream, attempt: number, startedAt, queueMs, lane, lookup, shadow: false };
        gateway.record(attemptEvent(gateway.name, exchange, plan, { ...facts, ...outcome }));
        countAttempt(gateway, upstream.name, outcome.status, outcome.latencyMs);
      };
      if (result.ok) return { answer: result, target, provider: upstream.provider, attempt, startedAt, elapsedMs, record };

      const failed = (final: boolean) =>
        record({
          final,
          status: statusOf(result),
          errorClass: result.errorClass,
          ttftMs: null,
          latencyMs: elapsedMs,
          usage: null,
          estimate: null,
        });
      const again = tries < retry.attempts && result.cause !== "refused" && result.cause !== "cancelled";
      const next = index + 1 < job.targets.length && (fallback.on as readonly string[]).includes(result.cause);
      let paid = again || next;
      if (paid && !gateway.budgets.take(plan.route, retry.budgetPercent)) {
        gateway.metrics.retriesRefused.inc({ route: plan.route });
        paid = false;
      }
      if (!paid) {
        failed(job.finalWhenFailed);
        throw errorOf(result, upstream.name);
      }
      if (again && !(await waited(retry.backoffMs * 2 ** (tries - 1), signal))) {
        failed(job.finalWhenFailed);
        throw clientLeft();
      }
      failed(false);
      if (!again) break;
    }
  }
}

export const clientLeft = () => new GatewayError(499, "client_closed", "The client closed the request.");

function countAttempt(gateway: Gateway, upstream: string, status: string, latencyMs: number): void {
  gateway.metrics.attempts.inc({ upstream, status });
  gateway.metrics.latency.observe({ upstream }, latencyMs / 1_000);
}

/** False when the client left meanwhile. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    // Half of it random: clients that failed together do not come back together.
    await sleep(ms * (1 - Math.random() / 2), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

export function statusOf(failed: Failure): NativeEvent["status"] {
  if (failed.errorClass === "out_of_memory") return "oom";
  if (failed.cause === "429") return "rate_limited";
  return failed.cause === "timeout" || failed.cause === "cancelled" ? failed.cause : "error";
}

/** What the client is told: the upstream's own words where they are about the request, ours where they are about us. */
function errorOf(failed: Failure, upstream: string): GatewayError {
  if (failed.cause === "cancelled") return clientLeft();
  if (failed.cause === "timeout") return new GatewayError(504, "upstream_timeout", `${upstream} did not answer in time.`);
  if (failed.cause === "network")
    return new GatewayError(502, "upstream_unreachable", `${upstream} could not be reached (${failed.errorClass}).`);
  const status = failed.status ?? 502;
  if (status === 401 || status === 403)
    return new GatewayError(502, "upstream_key_refused", `${upstream} refuses the gateway's key. The operator must renew it.`);
  const own = failed.body && hasError(failed.body) ? failed.body : null;
  if (status === 429) {
    return new GatewayError(429, "upstream_rate_limited", `${upstream} takes no more requests now.`, failed.retryAfterSec, own);
  }
  if (status >= 500) {
    const kept = status === 503 || status === 504 ? status : 502;
    return new GatewayError(kept, "upstream_error", `${upstream} answered ${failed.errorClass}.`, failed.retryAfterSec);
  }
  return new GatewayError(status >= 400 ? status : 502, "upstream_refused", `${upstream} answered ${status}.`, null, own);
}

const hasError = (body: Buffer) => typeof parseObject(body)?.["error"] === "object";
