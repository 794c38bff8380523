/**
 * Requests to the demo's own gateways, as its applications send them: the demo's traffic follows office hours, and a
 * journey cannot wait for Monday. What comes of them is the gateways' own telemetry.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { TENANTS, type TenantId } from "@/workers/simulator/fleet";
import { countTokens, wishOf } from "@/workers/simulator/simulated-text";
import { sql } from "./journey";

interface DemoDoors {
  /** Gateway name → address. */
  gateways: Record<string, string>;
  /** Tenant → key of its applications. */
  keys: Record<string, string>;
}

/** Written by the demo beside the embedded database. */
async function demoDoors(): Promise<DemoDoors> {
  const [row] = await sql<{ data_directory: string }>("show data_directory");
  const file = path.join(path.dirname(row!.data_directory), "demo/config/traffic.json");
  return JSON.parse(fs.readFileSync(file, "utf8")) as DemoDoors;
}

export interface TrafficPlan {
  endpoint: string;
  route: string;
  /** In turn. */
  tenants: readonly TenantId[];
  perSecond: number;
  outputTokens: number;
  /** Every second answer is streamed. */
  streams?: boolean;
  /** So many questions are asked again and again; 0: each is a new one. */
  questions?: number;
}

/** What came of one request, as its client sees it, and what the simulator makes of it. */
export interface Answered {
  /** When it was sent, ms. */
  at: number;
  arm: string;
  /** Who answered. */
  model: string;
  /** `miss`, `hit`, … */
  cache: string;
  /** Tokens that a simulated model reads and writes for it, by the simulator's own counting: whoever answers. */
  inputTokens: number;
  outputTokens: number;
}

export interface Traffic {
  /** All its requests have ids that begin so. */
  idPrefix: string;
  sent: number;
  answered: Answered[];
  /** Anything but 200, with how often. */
  failed: Map<string, number>;
  stop(): Promise<void>;
}

/** What one request asks: words enough to cost something, and how long the simulated answer is to be. */
const question = (number: number, outputTokens: number) =>
  `${Array.from({ length: 40 }, (_, word) => `word${(number * 7 + word * 13) % 997}`).join(" ")} question ${number} [sim out=${outputTokens}]`;

/** Sends until it is stopped, at its own pace: a slow answer holds nothing up. */
export async function startTraffic(plan: TrafficPlan): Promise<Traffic> {
  const { gateways, keys } = await demoDoors();
  const doorOf = new Map(TENANTS.map(({ id, gateway }) => [id, gateways[gateway]]));
  const run = Date.now();
  const open = new Set<Promise<void>>();
  const traffic: Traffic = { idPrefix: `e2e-${run}-`, sent: 0, answered: [], failed: new Map(), stop };

  async function ask(number: number): Promise<void> {
    const tenant = plan.tenants[number % plan.tenants.length]!;
    const asked = plan.questions ? number % plan.questions : run + number;
    const messages = [{ role: "user", content: question(asked, plan.outputTokens) }];
    const at = Date.now();
    const failure = await fetch(`${doorOf.get(tenant)}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${keys[tenant]}`,
        "content-type": "application/json",
        "x-headroom-endpoint": plan.endpoint,
        "x-headroom-user": `e2e-${number % 50}`,
        "x-headroom-request-id": traffic.idPrefix + randomUUID(),
      },
      body: JSON.stringify({
        model: plan.route,
        stream: plan.streams === true && number % 2 === 0,
        messages,
      }),
    }).then(
      async (answer) => {
        await answer.text();
        if (answer.status !== 200) return `status ${answer.status}`;
        traffic.answered.push({
          at,
          arm: answer.headers.get("x-headroom-variant") ?? "",
          model: answer.headers.get("x-headroom-model-served") ?? "",
          cache: answer.headers.get("x-headroom-cache") ?? "",
          inputTokens: countTokens(messages),
          outputTokens: wishOf(messages[0]!.content).output,
        });
        return null;
      },
      (error: unknown) => String(error),
    );
    if (failure !== null) traffic.failed.set(failure, (traffic.failed.get(failure) ?? 0) + 1);
  }

  const timer = setInterval(() => {
    const one = ask(traffic.sent++);
    open.add(one);
    void one.finally(() => open.delete(one));
  }, 1_000 / plan.perSecond);

  async function stop() {
    clearInterval(timer);
    await Promise.all(open);
  }
  return traffic;
}
