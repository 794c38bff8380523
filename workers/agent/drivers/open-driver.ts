import type { Driver, DriverDeps } from "./driver";
import { openEngine } from "./engine/open-engine";
import type { TargetConfig } from "./target-config";

export function openDriver(config: TargetConfig, deps: DriverDeps): Promise<Driver> {
  switch (config.connector) {
    case "engine":
      return openEngine(config, deps);
  }
}
