/** The part of the agent's file that says what it drives. Each connector's own schema is in its folder. */
import { z } from "zod";
import { engineConfigSchema } from "./engine/config";
import { fileConfigSchema } from "./file/config";
import { litellmConfigSchema } from "./litellm/config";
import { portkeyConfigSchema } from "./portkey/config";
import { vllmRouterConfigSchema } from "./vllm-router/config";
import { webhookConfigSchema } from "./webhook/config";

export const targetConfigSchema = z.discriminatedUnion("connector", [
  engineConfigSchema,
  litellmConfigSchema,
  portkeyConfigSchema,
  vllmRouterConfigSchema,
  fileConfigSchema,
  webhookConfigSchema,
]);
export type TargetConfig = z.infer<typeof targetConfigSchema>;
