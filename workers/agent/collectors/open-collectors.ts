/** The `collectors` section of the agent's file → running collectors whose samples go to the console. */
import path from "node:path";
import type { ClientLog, Clock } from "@/lib/protocol/client";
import type { CollectorsConfig } from "./config";
import { openSampleDelivery, type SampleDelivery } from "./deliver-samples";
import type { Source } from "./source";
import { startCollectors, type LastReading } from "./start-collectors";

export interface OpenCollectors {
  lastReading(): LastReading | null;
  delivery: Pick<SampleDelivery, "counts" | "dropped" | "spoolBytes">;
  /** Sends what waits once more, for at most this long. The rest stays on disk for the next start. */
  close(withinMs: number): Promise<void>;
}

/** Throws with what is wrong and what to do, when a secret is not set or there is no engine to follow. */
export function openCollectors(
  config: CollectorsConfig,
  deps: {
    /** The agent's name: the node of the samples. */
    name: string;
    /** The agent's; the spool is a folder in it. */
    stateDir: string;
    consoleUrl: string;
    /** From the enrolment. */
    ingestKey: string;
    /** Where the engine that this agent runs listens now, e.g. http://127.0.0.1:41234; null while none runs. */
    engineUrl?: () => string | null;
    env: Readonly<Record<string, string | undefined>>;
    clock: Clock;
    fetch: typeof fetch;
    log: ClientLog;
  },
): OpenCollectors {
  const { pool, intervalSec, gpu, model, region, commitment } = config;
  const sources = config.sources.map((source): Source => {
    if (source.kind === "nvidia-smi") return source;
    const { kind, only, url, bearerTokenEnv } = source;
    const bearerToken = bearerTokenEnv === undefined ? undefined : deps.env[bearerTokenEnv];
    if (bearerTokenEnv !== undefined && !bearerToken) {
      throw new Error(`collectors: the environment variable ${bearerTokenEnv} is not set.`);
    }
    if (url !== "engine") return { kind, only, url, bearerToken };
    const { engineUrl } = deps;
    if (!engineUrl) throw new Error('collectors: this agent runs no engine. Give the address instead of "engine".');
    return { kind, only, bearerToken, url: () => metricsOf(engineUrl()) };
  });
  const { deliver, close, ...delivery } = openSampleDelivery({
    dir: path.join(deps.stateDir, "samples"),
    consoleUrl: deps.consoleUrl,
    ingestKey: deps.ingestKey,
    limitBytes: config.spoolBytes,
    log: deps.log,
  });
  const facts = { node: deps.name, pool, gpu, model, region, commitment };
  const collectors = startCollectors({
    ...facts,
    sources,
    intervalSec,
    deliver,
    clock: deps.clock,
    fetch: deps.fetch,
    log: deps.log,
  });
  return {
    lastReading: () => collectors.lastReading(),
    delivery,
    close: async (withinMs) => {
      await collectors.close();
      await close(withinMs);
    },
  };
}

const metricsOf = (engineUrl: string | null) => (engineUrl === null ? null : new URL("/metrics", engineUrl).href);
