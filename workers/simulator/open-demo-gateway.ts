/** Where a gateway of the demo listens, and a key of one of its clients: what the demo's own traffic uses. */
import path from "node:path";
import { TENANTS } from "./fleet";
import { readTrafficConfig } from "./live/config";

/** `dataDir`: HEADROOM_DATA_DIR. Throws when there is no such gateway in the demo that runs here. */
export function openDemoGateway(dataDir: string, name: string): { baseUrl: string; apiKey: string } {
  const { gateways, keys } = readTrafficConfig(path.join(dataDir, "demo", "config", "traffic.json"));
  const tenant = TENANTS.find(({ gateway }) => gateway === name);
  const [url, apiKey] = [gateways[name], tenant && keys[tenant.id]];
  if (!url || !apiKey) throw new Error(`The demo has no gateway ${name}.`);
  return { baseUrl: `${url}/v1`, apiKey };
}
