/**
 * The configuration files of the demo's gateways and agents, as a person would write them for real ones. Pure: ports,
 * addresses and folders come in as values.
 */
import path from "node:path";
import { POOLS, TENANTS, type PoolPlan } from "./fleet";
import { PROVIDERS } from "./providers/behave";

export const GATEWAYS = [...new Set(TENANTS.map((tenant) => tenant.gateway))];
export const ENVIRONMENT = "production";

export interface FleetPlaces {
  /** HEADROOM_DATA_DIR/demo */
  dir: string;
  consoleUrl: string;
  /** The simulated engine as one file. */
  engineFile: string;
  /** What every engine gets beside its own: it stops when its agent is gone. */
  engineEnv: Record<string, string>;
  ports: {
    providers: number;
    gateways: Record<string, number>;
    /** Node → the agent's stable address in front of its engine. */
    fronts: Record<string, number>;
  };
  /** Tenant → sha256 of the key of its applications. */
  clientHashes: Record<string, string>;
}

export const stateDirOf = (dir: string, target: string): string => path.join(dir, "targets", target);

/** Where a target keeps who it is. */
export const identityFileOf = (dir: string, target: string): string =>
  path.join(stateDirOf(dir, target), ...(GATEWAYS.some((name) => name === target) ? ["sync"] : []), "identity.json");

const at = (port: number) => `http://127.0.0.1:${port}`;

/** Upstreams are called openai-sim, anthropic-sim, google-sim, and each node by its own name (demo-policies.ts). */
export function gatewayFile(places: FleetPlaces, gateway: string) {
  const { ports, clientHashes } = places;
  const providers = PROVIDERS.map((name) => [
    `${name}-sim`,
    {
      baseUrl: `${at(ports.providers)}/${name}/v1`,
      provider: name,
      ...(name === "openai" ? {} : { outputField: "max_tokens" }),
    },
  ]);
  const nodes = POOLS.flatMap((pool) =>
    pool.nodes.map((node) => [
      node,
      { baseUrl: `${at(ports.fronts[node]!)}/v1`, provider: "self-hosted", node, outputField: "max_tokens" },
    ]),
  );
  const tenants = TENANTS.filter((tenant) => tenant.gateway === gateway);
  const clients = tenants.map((tenant) => [
    tenant.id,
    { keySha256: clientHashes[tenant.id], tenant: tenant.id, tags: { team: tenant.team } },
  ]);
  return {
    name: gateway,
    environment: ENVIRONMENT,
    region: tenants[0]!.region,
    listen: { host: "127.0.0.1", port: ports.gateways[gateway] },
    stateDir: stateDirOf(places.dir, gateway),
    console: { url: places.consoleUrl, simulated: true, reconnectJitterSec: 5 },
    upstreams: Object.fromEntries([...providers, ...nodes]) as Record<string, unknown>,
    identity: { clients: Object.fromEntries(clients) as Record<string, unknown> },
    limits: { cacheBytes: 8_388_608, semanticCacheBytes: 8_388_608, spoolBytes: 67_108_864 },
  };
}

/** A precision that harms where its warm-up does not see it, so that a rollout can be watched rolling itself back. */
const INT8_HARMS = "slow:+80@int8,errors:30@int8,errors-after:3@int8";
const faultOf = (pool: PoolPlan) => (pool.id === "llama-8b" ? { HEADROOM_SIM_FAULT: INT8_HARMS } : {});

/** One agent a node: it supervises the node's engine and scrapes it and its GPU through the same front. */
export function agentFile(places: FleetPlaces, pool: PoolPlan, node: string) {
  const port = places.ports.fronts[node]!;
  return {
    name: node,
    console: { url: places.consoleUrl },
    stateDir: stateDirOf(places.dir, node),
    listen: null,
    simulated: true,
    target: {
      connector: "engine",
      engine: "vllm",
      hardware: { gpuType: `NVIDIA ${pool.gpuType}`, gpuCount: 1, memoryTotalMib: pool.memoryTotalMib },
      executor: {
        kind: "process",
        command: [process.execPath, ...ENGINE_MEMORY, places.engineFile],
        env: { ...places.engineEnv, HEADROOM_SIM_GPU: pool.gpuType, ...faultOf(pool) },
        front: { host: "127.0.0.1", port },
        replace: "side-by-side",
        drainSec: 30,
        keepWarmSec: 60,
        stopSec: 5,
      },
      health: { startTimeoutSec: 60, pollSec: 0.5 },
      warmUp: { requests: 1 },
    },
    collectors: {
      pool: pool.id,
      intervalSec: 15,
      region: pool.region,
      gpu: { count: 1, type: pool.gpuType, memoryMib: pool.memoryTotalMib },
      sources: [
        { kind: "vllm", url: `${at(port)}/metrics` },
        { kind: "dcgm", url: `${at(port)}/dcgm` },
      ],
      spoolBytes: 8_388_608,
    },
  };
}

/** An engine holds a few megabytes; the collector must not think that it may hold a hundred. */
const ENGINE_MEMORY = ["--max-old-space-size=48", "--max-semi-space-size=1"];
