/** What this gateway's own file adds to every event: where it runs, and how its operator tags each tenant. Pure. */
import type { NativeEvent } from "@/lib/telemetry/schemas";
import type { GatewayConfig } from "./config";

export function ownFacts({ region, identity }: Pick<GatewayConfig, "region" | "identity">): (event: NativeEvent) => NativeEvent {
  const tags = new Map<string, Record<string, string>>();
  for (const client of Object.values(identity.clients)) {
    if (client.tags) tags.set(client.tenant, { ...tags.get(client.tenant), ...client.tags });
  }
  if (region === undefined && tags.size === 0) return (event) => event;
  return (event) => {
    const own = tags.get(event.tenant ?? "");
    return { ...event, ...(region === undefined ? {} : { region }), ...(own ? { tags: { ...own, ...event.tags } } : {}) };
  };
}
