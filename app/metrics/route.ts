import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { route } from "@/lib/auth/route";
import { config } from "@/lib/config";
import { queues } from "@/lib/queue";

export const dynamic = "force-dynamic";

const registry = new Registry();
collectDefaultMetrics({ register: registry, prefix: "headroom_console_" });
const waiting = new Gauge({
  name: "headroom_ingest_queue_jobs",
  help: "Ingest batches by state",
  labelNames: ["state"],
  registers: [registry],
});

/** Prometheus text of this replica. Needs an API key with the scope `read`, or an admin's session. */
export const GET = route({ role: "admin", scope: "read" }, async () => {
  const { DATABASE_URL, REDIS_URL } = config();
  const counts = await queues({ databaseUrl: DATABASE_URL!, redisUrl: REDIS_URL }).queue("ingest").counts();
  for (const [state, count] of Object.entries(counts)) waiting.set({ state }, count);
  return new Response(await registry.metrics(), { headers: { "content-type": registry.contentType } });
});
