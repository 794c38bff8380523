import { describe, expect, it } from "vitest";
import { readConfig as readAgentConfig } from "@/workers/agent/config";
import { readConfig as readGatewayConfig } from "@/workers/gateway/config";
import { demoPolicies } from "./demo-policies";
import { POOLS, TENANTS } from "./fleet";
import { agentFile, gatewayFile, GATEWAYS, type FleetPlaces } from "./fleet-files";

const nodes = POOLS.flatMap((pool) => pool.nodes);
const places: FleetPlaces = {
  dir: "/tmp/demo",
  consoleUrl: "http://127.0.0.1:3000",
  engineFile: "/tmp/demo/engine.mjs",
  engineEnv: {},
  ports: {
    providers: 4_000,
    gateways: Object.fromEntries(GATEWAYS.map((name, index) => [name, 4_001 + index])),
    fronts: Object.fromEntries(nodes.map((name, index) => [name, 4_100 + index])),
  },
  clientHashes: Object.fromEntries(TENANTS.map(({ id }) => [id, "a".repeat(64)])),
};

describe("the files of the demo fleet", () => {
  it("are what real gateways and agents take, and say that they are simulated", () => {
    for (const name of GATEWAYS) {
      const ready = readGatewayConfig(JSON.stringify(gatewayFile(places, name)), {}, { synced: true });
      expect("problems" in ready ? ready.problems : ready.config).toMatchObject({ name, console: { simulated: true } });
    }
    for (const pool of POOLS) {
      for (const node of pool.nodes) {
        const config = readAgentConfig(JSON.stringify(agentFile(places, pool, node)), {});
        expect("problems" in config ? config.problems : config).toMatchObject({ name: node, simulated: true });
      }
    }
  });

  it("every company has one gateway, and every upstream of the demo's policies is one of theirs", () => {
    const files = GATEWAYS.map((name) => gatewayFile(places, name));
    expect(files.flatMap(({ identity }) => Object.keys(identity.clients)).sort()).toEqual(TENANTS.map(({ id }) => id).sort());
    const asked = [...JSON.stringify(demoPolicies()).matchAll(/"upstream":"([^"]+)"/g)].map((match) => match[1]!);
    for (const { upstreams } of files) expect(Object.keys(upstreams)).toEqual(expect.arrayContaining([...new Set(asked)]));
  });
});
