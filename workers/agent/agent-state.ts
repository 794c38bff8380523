/** What the agent says about itself on its own port. */
import type { SyncClient } from "@/lib/protocol/client";
import type { Health } from "@/lib/protocol/sync";
import type { SampleDelivery } from "./collectors/deliver-samples";
import type { Collectors } from "./collectors/start-collectors";
import type { Driver } from "./drivers/driver";

export interface Parts {
  name: string;
  driver: Driver;
  client: SyncClient;
  collecting: { collectors: Collectors; delivery: SampleDelivery } | null;
}

export async function describeAgent({ name, driver, client, collecting }: Parts) {
  return {
    agent: name,
    connector: driver.connector,
    running: client.running(),
    sync: client.status(),
    target: await driver.health(),
    sources: collecting?.collectors.lastReading()?.sources ?? [],
  };
}

/** Prometheus text. */
export async function agentMetrics({ name, driver, client, collecting }: Parts): Promise<string> {
  const health: Health = await driver.health();
  const status = client.status();
  const rows: [name: string, help: string, value: number][] = [
    ["console_connected", "1 while the console answers", Number(status.console === "connected")],
    ["generation", "In force; 0 before the first one", client.running()?.generation ?? 0],
    ["newest_generation", "Newest that the console ordered", status.newestGeneration],
    ["target_ok", "1 while what it drives is healthy", Number(health.ok)],
    ["target_crashes", "Since the generation in force was applied", health.crashes],
  ];
  for (const [figure, value] of Object.entries(health.figures))
    rows.push([`target_${snake(figure)}`, "A figure of the driver", value]);
  if (collecting) {
    const { delivery } = collecting;
    rows.push(
      ["spool_bytes", "Samples on disk, not yet delivered", delivery.spoolBytes()],
      ["samples_delivered", "Samples that the console took", delivery.counts.delivered],
      ["samples_rejected", "Samples that the console rejected", delivery.counts.rejected],
      ["samples_dropped", "Samples not kept: the spool was full or the disk refused", delivery.dropped()],
    );
  }
  return rows
    .map(([metric, help, value]) => {
      const full = `headroom_agent_${metric}`;
      return `# HELP ${full} ${help}\n# TYPE ${full} gauge\n${full}{agent="${name}"} ${value}\n`;
    })
    .join("");
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(/\W/g, "_");
