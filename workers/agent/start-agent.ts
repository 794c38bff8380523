/**
 * One agent: its driver, its conversation with the console, its collectors. Several may run in one process.
 *
 *   own the state folder → open the driver (finds what an earlier start left) → enrol, or read the identity → sync:
 *   put back what ran, hear orders → nothing was ever ordered: what the own file says → scrape and deliver
 *
 * Only the first start needs the console. Later ones run from the last known good, whatever the console does.
 */
import fs from "node:fs";
import path from "node:path";
import { enrol, startSyncClient, type ClientLog, type Clock, type SyncClient, type Timing } from "@/lib/protocol/client";
import { PROGRAM_VERSION } from "../program-version";
import type { Parts } from "./agent-state";
import { openSampleDelivery } from "./collectors/deliver-samples";
import { startCollectors } from "./collectors/start-collectors";
import type { AgentConfig } from "./config";
import type { Driver } from "./drivers/driver";
import { openDriver } from "./drivers/open-driver";
import { logAs } from "./log";
import { ownFolder } from "./own-folder";
import { startStateServer } from "./state-server";
import { systemClock } from "./system-clock";

export interface AgentOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Only for the first start. */
  enrolmentToken?: string | null | undefined;
  log?: ClientLog;
  clock?: Clock;
  fetch?: typeof fetch;
  /** 0 ≤ x < 1. */
  random?: () => number;
  timing?: Partial<Timing>;
}

export interface RunningAgent {
  /** Of /health and /metrics; null: none. */
  url: string | null;
  /** When what ran before this start runs again, or cannot. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/** Throws with what is to be done when it cannot start; by then nothing of it is left. */
export async function startAgent(config: AgentConfig, options: AgentOptions): Promise<RunningAgent> {
  const undo: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await start(config, options, undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: AgentConfig,
  {
    env,
    enrolmentToken = null,
    log = logAs(config.name),
    clock = systemClock,
    fetch: fetchFrom = fetch,
    random,
    timing,
  }: AgentOptions,
  undo: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<RunningAgent> {
  const { name, stateDir, simulated } = config;
  undo.push(ownFolder(stateDir));
  const driverDir = path.join(stateDir, "driver");
  fs.mkdirSync(driverDir, { recursive: true, mode: 0o700 });

  // The driver speaks before the client is there: what it has to say waits.
  let client: SyncClient | null = null;
  const early: string[] = [];
  const driver: Driver = await openDriver(config.target, {
    name,
    stateDir: driverDir,
    env,
    log,
    clock,
    fetch: fetchFrom,
    crashed: (reason) => (client ? client.crashed(reason) : void early.push(reason)),
    changed: () => client?.report(),
  });
  undo.push(() => driver.close());

  const program = { version: PROGRAM_VERSION };
  const identity = await enrol({
    stateDir,
    consoleUrl: config.console.url,
    token: enrolmentToken,
    name,
    connector: driver.connector,
    program,
    capabilities: driver.capabilities,
    hardware: await driver.hardware(),
    simulated,
    fetch: fetchFrom,
  });
  client = await startSyncClient({
    stateDir,
    identity,
    consoleUrl: config.console.url,
    program,
    connector: driver.connector,
    capabilities: () => driver.capabilities,
    hardware: () => driver.hardware(),
    applier: driver,
    log,
    clock,
    fetch: fetchFrom,
    ...(random ? { random } : {}),
    ...(timing ? { timing } : {}),
  });
  const conversation = client;
  undo.push(() => conversation.close());
  for (const reason of early) conversation.crashed(reason);
  if (conversation.running() === null) driver.runInitial?.();

  const collecting = startCollecting(config, identity.ingestKey, { front: driver.front, env, log, clock, fetchFrom });
  if (collecting) undo.push(() => collecting.close());
  const server = config.listen && (await startStateServer(config.listen, { name, driver, client, collecting }));
  if (server) undo.push(() => server.close());
  log("info", "agent runs", {
    connector: driver.connector,
    url: server?.url ?? null,
    generation: client.running()?.generation ?? null,
  });
  return { url: server?.url ?? null, ready: conversation.ready, close };
}

function startCollecting(
  { name, stateDir, console: { url: consoleUrl }, collectors: config }: AgentConfig,
  ingestKey: string | null,
  {
    front,
    env,
    log,
    clock,
    fetchFrom,
  }: { front: Driver["front"]; env: AgentOptions["env"]; log: ClientLog; clock: Clock; fetchFrom: typeof fetch },
): (NonNullable<Parts["collecting"]> & { close(): Promise<void> }) | null {
  if (!config) return null;
  if (ingestKey === null) {
    log("error", "samples are not collected: the enrolment gave this target no key for them");
    return null;
  }
  const dir = path.join(stateDir, "samples");
  const delivery = openSampleDelivery({ dir, consoleUrl, ingestKey, limitBytes: config.spoolBytes, log });
  const sources = config.sources.map((source) => {
    if (source.kind === "nvidia-smi") return source;
    const url = front && behindFront(source.url, front);
    if (!source.bearerTokenEnv) return url ? { ...source, url } : source;
    const bearerToken = env[source.bearerTokenEnv];
    if (!bearerToken) throw new Error(`collectors.sources: the environment variable ${source.bearerTokenEnv} is not set.`);
    return { ...source, ...(url ? { url } : {}), bearerToken };
  });
  const collectors = startCollectors({ ...config, node: name, sources, deliver: delivery.deliver, clock, fetch: fetchFrom, log });
  return {
    collectors,
    delivery,
    close: async () => {
      await collectors.close();
      await delivery.close(5_000);
    },
  };
}

/** Counters belong to one process: what is asked for at the front is read from the engine itself. Null: it is elsewhere. */
function behindFront(url: string, front: NonNullable<Driver["front"]>): (() => string | null) | null {
  const { origin, pathname, search } = new URL(url);
  if (origin !== new URL(front.url).origin) return null;
  return () => {
    const engine = front.engine();
    return engine && new URL(`${pathname}${search}`, engine).href;
  };
}
