import type { DriverDeps } from "../../driver";
import type { EngineConfig, ProcessConfig } from "../config";
import type { Executor } from "../executor";
import { refuseCommand } from "./command-line";
import { EngineSupervisor } from "./supervise-engine";

export async function openProcess(config: EngineConfig, executor: ProcessConfig, deps: DriverDeps): Promise<Executor> {
  const supervisor = await EngineSupervisor.open(config, executor, deps);
  deps.log("info", "front listens", { url: supervisor.url });
  return {
    frontUrl: supervisor.url,
    refuse: (order) => refuseCommand(executor, order),
    apply: (order, step) => supervisor.apply(order, step),
    runInitial: (order) => supervisor.runInitial(order),
    running: () => supervisor.running,
    health: () => supervisor.health(),
    close: () => supervisor.close(),
  };
}
