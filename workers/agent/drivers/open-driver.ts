import type { Driver, DriverDeps } from "./driver";
import { openEngine } from "./engine/open-engine";
import { openFile } from "./file/open-file";
import { openLitellm } from "./litellm/open-litellm";
import { openPortkey } from "./portkey/open-portkey";
import type { TargetConfig } from "./target-config";
import { openVllmRouter } from "./vllm-router/open-vllm-router";
import { openWebhook } from "./webhook/open-webhook";

export function openDriver(config: TargetConfig, deps: DriverDeps): Promise<Driver> {
  switch (config.connector) {
    case "engine":
      return openEngine(config, deps);
    case "litellm":
      return openLitellm(config, deps);
    case "portkey":
      return openPortkey(config, deps);
    case "vllm-router":
      return openVllmRouter(config, deps);
    case "file":
      return openFile(config, deps);
    case "webhook":
      return openWebhook(config, deps);
  }
}
