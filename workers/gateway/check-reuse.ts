/**
 * Was it right to reuse this answer? The question is also sent to its target, behind the client's back, and the two
 * answers are compared: equal texts agree, else their vectors say how alike they are. The copy is recorded like a
 * mirrored one (it costs, and is no user's request), the comparison as an outcome of the request. Texts stay here.
 */
import type { RoutePlan } from "@/lib/policies";
import { REUSE_CHECK } from "@/lib/telemetry/reuse-check";
import type { Embedder } from "./embed-text";
import { newId, type Exchange } from "./exchange";
import type { Gateway } from "./gateway";
import { launchCopy, sendCopy } from "./mirror";
import { similarity } from "./meaning-index";
import { parseObject } from "./upstream-client";

export function checkReuse(
  gateway: Gateway,
  exchange: Exchange,
  plan: RoutePlan,
  asked: Record<string, unknown>,
  reused: Buffer,
  by: Embedder,
): void {
  launchCopy(gateway, async () => {
    const fresh = await sendCopy(gateway, exchange, plan, plan.targets[0]!, asked, { purpose: "reuse-check" });
    const texts = fresh.ok ? [textOf(parseObject(reused)), textOf(fresh.json)] : [null, null];
    const alike = await howAlike(gateway, exchange, plan, texts, by);
    if (alike === null) {
      gateway.metrics.reuseChecks.inc({ result: "unknown" });
      return;
    }
    const label = alike >= REUSE_CHECK.agreesFrom ? "agrees" : "differs";
    gateway.metrics.reuseChecks.inc({ result: label });
    const { requestId, endpoint, identity } = exchange;
    gateway.recordOutcome({
      id: newId(Date.now()),
      requestId,
      tenant: identity.tenant,
      endpoint,
      kpi: REUSE_CHECK.kpi,
      value: alike,
      label,
      occurredAt: new Date().toISOString(),
    });
  });
}

/** 0 to 1; null: one of them is no text, or there was no vector in time. */
async function howAlike(
  gateway: Gateway,
  exchange: Exchange,
  plan: RoutePlan,
  [reused, fresh]: (string | null)[],
  by: Embedder,
): Promise<number | null> {
  if (typeof reused !== "string" || typeof fresh !== "string") return null;
  if (reused === fresh) return 1;
  const ever = new AbortController().signal;
  const vectors = await gateway.embedder.embed(gateway, { exchange, plan }, by, [reused, fresh], ever);
  const [a, b] = vectors ?? [];
  const cosine = a && b ? similarity(a, b) : null;
  return cosine === null ? null : Math.max(0, cosine);
}

/** What the first choice says, white space aside. */
function textOf(answer: Record<string, unknown> | null): string | null {
  const choices = answer?.["choices"];
  const message = Array.isArray(choices) ? (choices[0] as { message?: { content?: unknown } } | undefined)?.message : undefined;
  return typeof message?.content === "string" && message.content !== "" ? message.content.replace(/\s+/g, " ").trim() : null;
}
