import type { OpenDriver } from "../driver";
import type { EngineConfig } from "./config";

export const openEngine: OpenDriver<EngineConfig> = (config) =>
  Promise.reject(new Error(`The executor ${config.executor.kind} is not there yet.`));
