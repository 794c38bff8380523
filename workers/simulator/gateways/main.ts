/**
 * The demo's gateways, real ones, in one process to save memory: `gateways.mjs <config.json> …`. Their policy comes from
 * the console. One that cannot start ends all, and the launcher tries again.
 */
import fs from "node:fs";
import { readConfig } from "@/workers/gateway/config";
import { log } from "@/workers/gateway/log";
import { startGateway } from "@/workers/gateway/start-gateway";

const DRAIN_MS = 3_000;

async function main(): Promise<void> {
  const settings = process.argv.slice(2).map((file) => {
    const ready = readConfig(fs.readFileSync(file, "utf8"), process.env, { synced: true });
    if ("problems" in ready) throw new Error(`${file}: ${ready.problems.join("; ")}`);
    return ready;
  });
  const gateways = await Promise.all(settings.map((ready) => startGateway(ready, null, process.env, log)));
  process.send?.({ type: "ready" });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void Promise.all(gateways.map((gateway) => gateway.close(DRAIN_MS))).then(() => process.exit(0)));
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
