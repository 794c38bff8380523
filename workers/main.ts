/**
 * The background programs: `workers/main.ts --roles ingest,retention` (default: all).
 *
 *   starting ─ roles started, port open, "ready" sent to the launcher ─► running ─ SIGTERM/SIGINT ─► draining ─► exit 0
 *
 * Draining finishes what is in hand; a second signal, or 25 seconds, ends it. Nothing is lost then either: unfinished
 * jobs go back to the queue, and every effect is fenced in PostgreSQL.
 */
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { collectDefaultMetrics, Registry } from "prom-client";
import { config } from "@/lib/config";
import { db } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { migrateQueues, queues as openProcessQueues } from "@/lib/queue";
import { startAllocationRole } from "./allocation/role";
import { startBudgetsRole } from "./budgets/role";
import { startAdvisorRole } from "./advisor/role";
import { startAlertsRole } from "./alerts/role";
import { startBenchmarksRole } from "./benchmarks/role";
import { startEvaluationsRole } from "./evaluations/role";
import { startExportsRole } from "./exports/role";
import { startOutcomesRole } from "./ingest/outcomes-role";
import { startIngestRole } from "./ingest/role";
import { startLitellmRole } from "./litellm/role";
import { startNotificationsRole } from "./notifications/role";
import { startPoliciesRole } from "./policies/role";
import { startRepricingRole } from "./repricing/role";
import { startRetentionRole } from "./retention/role";
import { startRolloutsRole } from "./rollouts/role";
import { startRollupsRole } from "./rollups/role";
import { startSavingsRole } from "./savings/role";
import type { RoleHealth, RunningRole, StartRole } from "./role";

const ROLES: Record<string, StartRole> = {
  allocation: startAllocationRole,
  budgets: startBudgetsRole,
  advisor: (deps) => startAdvisorRole(deps),
  alerts: (deps) => startAlertsRole(deps),
  benchmarks: (deps) =>
    startBenchmarksRole(deps, {
      openGateway: async (name) =>
        (await import("./simulator/open-demo-gateway")).openDemoGateway(deps.config.HEADROOM_DATA_DIR, name),
    }),
  // The simulator is read when a demo's first evaluation begins, and never elsewhere.
  evaluations: (deps) =>
    startEvaluationsRole(deps, {
      openCandidate: async (edit) => (await import("./simulator/golden/open-simulated-engine")).openSimulatedEngine(edit),
    }),
  exports: startExportsRole,
  ingest: startIngestRole,
  litellm: startLitellmRole,
  notifications: startNotificationsRole,
  outcomes: startOutcomesRole,
  policies: startPoliciesRole,
  repricing: startRepricingRole,
  retention: startRetentionRole,
  rollouts: startRolloutsRole,
  rollups: startRollupsRole,
  savings: startSavingsRole,
};

const DRAIN_MS = 25_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { roles: { type: "string", default: "all" }, port: { type: "string" } } });
  const names = values.roles === "all" ? Object.keys(ROLES) : values.roles.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !(name in ROLES));
  if (unknown !== undefined) throw new Error(`There is no role "${unknown}". Roles: ${Object.keys(ROLES).join(", ")}, or all.`);

  const settings = config();
  const log = createLogger("workers");
  const database = db();
  if (!settings.REDIS_URL && settings.DATABASE_URL) await migrateQueues(settings.DATABASE_URL);
  const queues = openProcessQueues({ databaseUrl: settings.DATABASE_URL!, redisUrl: settings.REDIS_URL });
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics, prefix: "headroom_workers_" });

  const running = new Map<string, RunningRole>();
  for (const name of names) {
    running.set(name, await ROLES[name]!({ config: settings, db: database, queues, log: log.child({ role: name }), metrics }));
  }

  const server = createServer((request, response) => {
    void (async () => {
      if (request.url === "/metrics") {
        response.writeHead(200, { "content-type": metrics.contentType });
        response.end(await metrics.metrics());
      } else if (request.url === "/healthz") {
        const health = await healthOf(running);
        response.writeHead(health.ok ? 200 : 503, { "content-type": "application/json" });
        response.end(JSON.stringify(health));
      } else {
        response.writeHead(404).end();
      }
    })().catch((error: unknown) => {
      log.warn({ err: error }, "health or metrics could not be answered");
      if (!response.headersSent) response.writeHead(503);
      response.end();
    });
  });
  const port = values.port === undefined ? settings.HEADROOM_WORKERS_PORT : Number(values.port);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  log.info(
    { roles: names, port: typeof address === "object" ? address?.port : address, queues: queues.backend },
    "workers are running",
  );
  process.send?.({ type: "ready", port: typeof address === "object" ? address?.port : undefined });

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "workers are stopping");
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    void (async () => {
      server.close();
      await Promise.all([...running.values()].map((role) => role.close()));
      await queues.close();
      await database.close();
      process.exit(0);
    })().catch((error: unknown) => {
      log.error({ err: error }, "workers did not stop cleanly");
      process.exit(1);
    });
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

async function healthOf(running: Map<string, RunningRole>): Promise<{ ok: boolean; roles: Record<string, RoleHealth> }> {
  const roles: Record<string, RoleHealth> = {};
  for (const [name, role] of running) {
    roles[name] = await Promise.resolve(role.health()).catch((error: unknown) => ({
      ok: false,
      detail: { error: String(error) },
    }));
  }
  return { ok: Object.values(roles).every((role) => role.ok), roles };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
