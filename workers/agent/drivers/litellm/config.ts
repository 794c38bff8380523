import { z } from "zod";
import { envNameSchema, nameSchema, probesSchema, urlSchema } from "../foreign/upstream-config";

export const litellmConfigSchema = z.strictObject({
  connector: z.literal("litellm"),
  url: urlSchema.describe("Of the proxy, e.g. http://localhost:4000"),
  masterKeyEnv: envNameSchema.default("LITELLM_MASTER_KEY"),
  readFrom: z.array(urlSchema).max(50).default([]).describe("One address per replica, when several run behind `url`"),
  upstreams: z.record(
    nameSchema,
    z.strictObject({
      provider: z.string().min(1).max(60).describe("LiteLLM's name: openai, azure, anthropic, hosted_vllm …"),
      apiBase: urlSchema.optional(),
      apiKeyEnv: envNameSchema.optional().describe("Sent to LiteLLM, which stores it encrypted"),
      credentialName: nameSchema.optional().describe("Of a credential that LiteLLM has already; instead of apiKeyEnv"),
    }),
  ),
  convergenceSec: z
    .number()
    .min(1)
    .max(3_600)
    .default(60)
    .describe("At least twice proxy_config_reload_interval_seconds, which is 30 by default"),
  timeoutSec: z.number().min(1).max(300).default(15).describe("Of one call"),
  probes: probesSchema,
});
export type LitellmConfig = z.infer<typeof litellmConfigSchema>;
