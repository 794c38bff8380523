/** The driver of an inference engine; how the engine is restarted is its executor's. */
import { canonicalHash } from "@/lib/protocol/canonical";
import type { Hardware } from "@/lib/protocol/connectors";
import type { Driver, OpenDriver } from "../driver";
import { asker } from "./bring-up";
import { openCommand } from "./command/open-command";
import type { EngineConfig } from "./config";
import { payloadOf, readOrder, type EngineOrder } from "./engine-payload";
import type { Executor } from "./executor";
import { openProcess } from "./process/open-process";
import { readEngine, differing, disagreements, type EngineReading } from "./read-back";
import { readGpus } from "./read-gpus";

export const openEngine: OpenDriver<EngineConfig> = async (config, deps) => {
  const initial = config.initial && readOrder(config, payloadOf(config.initial));
  if (initial && "refusal" in initial) throw new Error(`target.initial: ${initial.refusal}`);
  const { executor: how } = config;
  const executor: Executor = how.kind === "process" ? await openProcess(config, how, deps) : await openCommand(config, how, deps);
  const gpus = await readGpus();
  let reading: EngineReading | null = null;

  const read = async (url: string) => {
    reading = await readEngine(config.engine, asker(url, deps, AbortSignal.timeout(10_000)));
    return reading;
  };
  const refuse = (payload: Record<string, unknown>) => {
    const order = readOrder(config, payload);
    return "refusal" in order ? order.refusal : executor.refuse(order);
  };
  return {
    connector: "engine",
    capabilities: [
      "restartEngine",
      "readBack",
      ...(how.kind === "process" && how.replace === "side-by-side" ? ["sideBySide" as const] : []),
    ],
    ...(executor.frontUrl === null ? {} : { front: { url: executor.frontUrl, engine: () => executor.running()?.url ?? null } }),
    refuse,
    async apply(payload, step) {
      const order = readOrder(config, payload);
      if ("refusal" in order) throw new Error(order.refusal);
      await executor.apply(order, step);
    },
    runInitial: () => void (initial && executor.runInitial(initial)),
    async effectiveHash() {
      const running = executor.running();
      if (!running) return null;
      try {
        return effectiveHashOf(running.order, await read(running.url));
      } catch {
        return null;
      }
    },
    health: () => executor.health(),
    async hardware(): Promise<Hardware> {
      const running = executor.running();
      if (running && !reading) await read(running.url).catch(() => undefined);
      return {
        gpuType: null,
        gpuCount: 0,
        memoryTotalMib: null,
        ...gpus,
        engine: config.engine,
        engineVersion: reading?.version ?? null,
        model: reading?.servedModel ?? null,
        ...config.hardware,
      };
    },
    close: () => executor.close(),
  } satisfies Driver;
};

/** The order's own hash while what reads back agrees, else that of what really runs. Pure. */
export function effectiveHashOf(order: EngineOrder, reading: EngineReading): string {
  if (disagreements(order, reading).length === 0) return order.hash;
  const { content } = order.payload as { content: { engine: Record<string, unknown> } };
  return canonicalHash(
    payloadOf({ ...content.engine, ...differing(order.settings, reading), servedModelName: reading.servedModel }),
  );
}
