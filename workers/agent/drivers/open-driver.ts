import type { Driver, DriverDeps } from "./driver";
import { openEngine } from "./engine/open-engine";
import { openLitellm } from "./litellm/open-litellm";
import { openPortkey } from "./portkey/open-portkey";
import type { TargetConfig } from "./target-config";

export function openDriver(config: TargetConfig, deps: DriverDeps): Promise<Driver> {
  switch (config.connector) {
    case "engine":
      return openEngine(config, deps);
    case "litellm":
      return openLitellm(config, deps);
    case "portkey":
      return openPortkey(config, deps);
  }
}
