/**
 * Whose budget is used up. Asked of the console every few seconds; kept on disk, so that a gateway that starts while the
 * console is away refuses what it refused before.
 *
 *   nothing known ─ answer ─► in force ─ answer ─► in force …        a failed question changes nothing
 *                                └─ resetAt of a cap passes ─► that cap is over, by this machine's own clock
 *
 * A new cap, and a release before `resetAt`, arrive with the next answer: `refreshSec`, 5 s. Requests under way are finished.
 */
import fs from "node:fs";
import path from "node:path";
import type { PlannedTarget, RoutePlan } from "@/lib/policies";
import { budgetCapsSchema, capFor, type BudgetCap, type BudgetCaps, type CapFacts } from "@/lib/protocol/budget-caps";
import type { Upstream } from "./config";
import type { Exchange } from "./exchange";
import { GatewayError } from "./gateway-error";
import type { Log } from "./log";
import { writeFileSafely } from "./write-file-safely";

const FIRST_REFRESH_SEC = 5;
const TIMEOUT_MS = 10_000;

export interface BudgetCapsSource {
  current(): readonly BudgetCap[];
  /** Seconds since the console last answered; null: never by this process. */
  ageSec(): number | null;
  close(): void;
}

export const NO_CAPS: BudgetCapsSource = { current: () => [], ageSec: () => null, close: () => undefined };

export function openBudgetCaps(from: { url: string; key: string }, stateDir: string, log: Log): BudgetCapsSource {
  const file = path.join(stateDir, "budget-caps.json");
  let known = readKept(file);
  let answeredAt: number | null = null;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = new AbortController();

  const ask = async (): Promise<void> => {
    const response = await fetch(new URL("/api/v1/gateway/budget-caps", from.url), {
      headers: { authorization: `Bearer ${from.key}` },
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const caps = budgetCapsSchema.parse(await response.json());
    const changed = JSON.stringify(caps.caps) !== JSON.stringify(known?.caps ?? []);
    known = caps;
    answeredAt = performance.now();
    if (!changed) return;
    log("info", "budget caps in force", { caps: caps.caps.length, names: caps.caps.map(({ name }) => name).join(", ") });
    writeFileSafely(file, JSON.stringify(caps));
  };
  const round = async (): Promise<void> => {
    try {
      await ask();
      if (failing) log("info", "the console tells budget caps again");
      failing = false;
    } catch (error) {
      if (stop.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      if (!failing) log("warn", "the console does not tell budget caps; the last ones stay", { reason });
      failing = true;
    }
    if (stop.signal.aborted) return;
    const everyMs = (known?.refreshSec ?? FIRST_REFRESH_SEC) * 1_000;
    // Up to a tenth earlier: gateways that started together do not ask together.
    timer = setTimeout(() => void round(), everyMs * (1 - Math.random() / 10));
    timer.unref();
  };
  void round();

  return {
    current: () => known?.caps ?? [],
    ageSec: () => (answeredAt === null ? null : Math.round((performance.now() - answeredAt) / 1_000)),
    close: () => {
      stop.abort();
      clearTimeout(timer);
    },
  };
}

/** Missing or damaged: nothing is known, and the console is asked at once anyway. */
function readKept(file: string): BudgetCaps | null {
  try {
    return budgetCapsSchema.parse(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

/**
 * The plan without targets whose budget is used up. Throws 429 when the request itself is in a cap's scope, or nobody is
 * left to answer. Also before the caches: an answer that costs nothing today would make "used up" hard to explain.
 */
export function withinBudgets(
  caps: readonly BudgetCap[],
  {
    gateway,
    exchange,
    plan,
    upstreams,
  }: { gateway: string; exchange: Exchange; plan: RoutePlan; upstreams: ReadonlyMap<string, Upstream> },
  now: number,
): RoutePlan {
  if (caps.length === 0) return plan;
  const { identity, endpoint, model } = exchange;
  const request: CapFacts = { tenant: identity.tenant, endpoint, route: plan.route, gateway, modelRequested: model };
  const capOf = (target: PlannedTarget): BudgetCap | null => {
    const provider = upstreams.get(target.upstream)?.provider;
    return capFor(caps, { ...request, modelServed: target.model, ...(provider ? { provider } : {}) }, now);
  };
  const open = plan.targets.filter((target) => capOf(target) === null);
  if (open.length === 0) throw usedUp(capOf(plan.targets[0]!)!, now);
  if (open.length === plan.targets.length && !plan.shadow && !plan.cascade) return plan;
  return {
    ...plan,
    targets: open,
    shadow: plan.shadow && capOf(plan.shadow) ? null : plan.shadow,
    // Without the small model first there is nothing to escalate from.
    cascade: plan.cascade && open[0] === plan.targets[0] && !capOf(plan.cascade.escalateTo) ? plan.cascade : null,
  };
}

function usedUp({ name, scopeWords, spentUsd, limitUsd, resetAt }: BudgetCap, now: number): GatewayError {
  const message = `The budget "${name}" for ${scopeWords} is used up: $${spentUsd} spent of $${limitUsd}. Requests are accepted again at ${resetAt}, or when the budget is raised.`;
  const waitSec = Math.max(1, Math.ceil((Date.parse(resetAt) - now) / 1_000));
  return new GatewayError(429, "budget_exhausted", message, waitSec);
}
