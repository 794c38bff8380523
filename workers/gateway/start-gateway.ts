/** All parts together, from a read configuration. */
import path from "node:path";
import type { Outcome } from "@/lib/telemetry/outcomes";
import type { NativeEvent } from "@/lib/telemetry/schemas";
import { startDelivery } from "@/lib/telemetry/sender/deliver-spool";
import { Spool } from "@/lib/telemetry/sender/spool";
import { BackgroundLane } from "./background-lane";
import type { ReadyConfig } from "./config";
import { NO_CAPS, openBudgetCaps } from "./budget-caps";
import { EmbeddingBatches } from "./embedding-batches";
import { TextEmbedder } from "./embed-text";
import type { Gateway } from "./gateway";
import { createMetrics, exposeNumber, type GatewayMetrics } from "./gateway-metrics";
import { identifier, whatIsKnown } from "./identify";
import type { Log } from "./log";
import { openCaches } from "./open-caches";
import { ownFacts } from "./own-facts";
import { openPolicySource, type PolicySource } from "./policy-source";
import { openSyncedPolicySource } from "./policy-source-synced";
import { RetryBudgets } from "./retry-budget";
import { startServer } from "./server";
import { SharedCalls } from "./shared-calls";

/** Comparisons of the semantic cache that wait for the console: a few bytes each, and few. */
const OUTCOME_BYTES = 8 * 1024 * 1024;

export interface RunningGateway {
  url: string;
  reloadPolicy(): void;
  close(withinMs: number): Promise<void>;
}

/** `policyFile` null: the policy comes from the console, which the first start is enrolled at. */
export async function startGateway(
  settings: ReadyConfig,
  policyFile: string | null,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<RunningGateway> {
  const metrics = createMetrics();
  /** Parts come later; the console may ask before. */
  const seen: { figures: () => Promise<Record<string, number>> } = { figures: () => Promise.resolve({}) };
  const opened = await openPolicy(settings, policyFile, env, () => seen.figures(), log);
  try {
    return await startParts(opened, metrics, seen, env, log);
  } catch (error) {
    await opened.policy.close();
    throw error;
  }
}

async function startParts(
  { policy, ready }: { policy: PolicySource; ready: ReadyConfig },
  metrics: GatewayMetrics,
  seen: { figures: () => Promise<Record<string, number>> },
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<RunningGateway> {
  const { config, upstreams, ingestKey } = ready;
  const { stateDir, limits } = config;
  const spool = config.console && ingestKey ? new Spool<NativeEvent>(path.join(stateDir, "spool"), limits.spoolBytes) : null;
  const delivery = spool && startDelivery(spool, { url: config.console!.url, path: "/api/v1/usage", key: ingestKey! }, log);
  const outcomes = config.console && ingestKey ? new Spool<Outcome>(path.join(stateDir, "spool-outcomes"), OUTCOME_BYTES) : null;
  const judged =
    outcomes && startDelivery(outcomes, { url: config.console!.url, path: "/api/v1/outcomes", key: ingestKey! }, log);
  const caps = config.console && ingestKey ? openBudgetCaps({ url: config.console.url, key: ingestKey }, stateDir, log) : NO_CAPS;
  const caches = await openCaches(ready, log);
  const complete = ownFacts(config);
  const gateway: Gateway = {
    name: config.name,
    upstreams,
    answers: caches.answers,
    meanings: caches.meanings,
    embedder: new TextEmbedder(config.cache.embeddingTimeoutMs),
    prices: new Map(Object.entries(config.prices)),
    lane: new BackgroundLane(),
    batches: new EmbeddingBatches(),
    budgets: new RetryBudgets(),
    caps,
    shared: new SharedCalls(),
    metrics,
    record: (event) => spool?.append(complete(event)),
    recordOutcome: (outcome) => outcomes?.append(outcome),
    shadows: { underWay: 0 },
  };
  const expose = (name: string, help: string, read: () => number) =>
    exposeNumber(metrics, `headroom_gateway_${name}`, help, read);
  expose("policy_generation", "Policy in force", () => policy.current().generation);
  expose("policy_refused", "1 while the newest policy file is not in force", () => (policy.refusal() === null ? 0 : 1));
  if (policy.desired()["policySource"] === "console") {
    expose("console_connected", "1 while the console answers", () => (policy.desired()["console"] === "connected" ? 1 : 0));
  }
  expose("cache_bytes", "Bytes held by the exact cache in memory", () => caches.bytes().exact);
  expose("semantic_cache_bytes", "Bytes held by the semantic cache in memory", () => caches.bytes().semantic);
  if (caches.redis) {
    expose("redis_usable", "1 while the caches in Redis are asked", () => (caches.redis?.usable() ? 1 : 0));
    expose("redis_failures", "Questions and orders that Redis failed or answered too late", () => caches.redis?.failures() ?? 0);
  }
  expose("batch_lane_waiting", "Requests that wait in the batch lane", () => gateway.lane.waiting);
  expose("budget_caps", "Budgets that are used up and refused here", () => caps.current().length);
  expose("budget_caps_age_seconds", "Since the console last told budget caps; -1: not yet", () => caps.ageSec() ?? -1);
  expose("spool_bytes", "Telemetry on disk, not yet delivered", () => spool?.bytes ?? 0);
  expose("spool_dropped", "Events not kept: the spool was full or the disk refused", () => spool?.dropped ?? 0);
  expose("usage_delivered", "Events that the console took", () => delivery?.counts.delivered ?? 0);
  expose("usage_rejected", "Events that the console rejected", () => delivery?.counts.rejected ?? 0);

  seen.figures = async () => ({
    requestsInFlight: (await metrics.inFlight.get()).values[0]?.value ?? 0,
    spoolBytes: spool?.bytes ?? 0,
    spoolDropped: spool?.dropped ?? 0,
    usageRejected: delivery?.counts.rejected ?? 0,
  });

  const server = await startServer({
    gateway,
    config,
    identify: identifier(config.identity, env),
    policy,
    log,
    state: () => ({
      gateway: config.name,
      generation: policy.current().generation,
      policyHash: policy.current().hash,
      policyRefused: policy.refusal(),
      ...policy.desired(),
      budgetCaps: caps.current().length,
      spoolBytes: spool?.bytes ?? null,
    }),
  });
  log("info", "listening", { url: server.url, generation: policy.current().generation });
  return {
    url: server.url,
    reloadPolicy: () => policy.reload(),
    close: async (withinMs) => {
      // The wish to stop is noted first: killed while it drains is not a crash of the policy.
      await Promise.all([policy.close(), server.close(withinMs)]);
      await Promise.all([delivery?.close(5_000), judged?.close(5_000)]);
      spool?.close();
      outcomes?.close();
      caches.redis?.close();
      caps.close();
    },
  };
}

/** The policy, and the settings as its place says: an enrolled gateway has its environment and key from the console. */
async function openPolicy(
  ready: ReadyConfig,
  policyFile: string | null,
  env: NodeJS.ProcessEnv,
  figures: () => Promise<Record<string, number>>,
  log: Log,
): Promise<{ policy: PolicySource; ready: ReadyConfig }> {
  const { config, upstreams } = ready;
  const { stateDir, environment } = config;
  const known = { upstreams: new Set(upstreams.keys()), identifies: whatIsKnown(config.identity) };
  if (policyFile !== null) {
    return { policy: openPolicySource({ file: policyFile, environment, stateDir, known, log }), ready };
  }
  if (!config.console) throw new Error("Without a policy file it needs a console.");
  const { url, enrolmentTokenEnv, reconnectJitterSec, simulated } = config.console;
  const synced = await openSyncedPolicySource({
    name: config.name,
    consoleUrl: url,
    enrolmentToken: env[enrolmentTokenEnv] || null,
    stateDir,
    known,
    simulated,
    timing: { reconnectJitterMs: reconnectJitterSec * 1_000 },
    figures,
    log,
  });
  const enrolled = { ...config, environment: synced.environment };
  return { policy: synced.source, ready: { ...ready, config: enrolled, ingestKey: synced.ingestKey ?? ready.ingestKey } };
}
