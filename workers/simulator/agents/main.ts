/**
 * The agents of one pool of the demo, real ones, in one process to save memory: `agents.mjs <config.json> …`. Each
 * supervises a simulated engine of its own. One that cannot start ends all, and the launcher tries again.
 */
import fs from "node:fs";
import { readConfig } from "@/workers/agent/config";
import { startAgent } from "@/workers/agent/start-agent";

async function main(): Promise<void> {
  const configs = process.argv.slice(2).map((file) => {
    const config = readConfig(fs.readFileSync(file, "utf8"), {});
    if ("problems" in config) throw new Error(`${file}: ${config.problems.join("; ")}`);
    return config;
  });
  const options = { env: process.env, enrolmentToken: process.env["HEADROOM_ENROLMENT_TOKEN"] ?? null };
  const agents = await Promise.all(configs.map((config) => startAgent(config, options)));
  process.send?.({ type: "ready" });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void Promise.all(agents.map((agent) => agent.close())).then(() => process.exit(0)));
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
