import { z } from "zod";
import { declaredCapabilitiesSchema } from "../file/config";
import { envNameSchema, urlSchema } from "../foreign/upstream-config";

export const webhookConfigSchema = z.strictObject({
  connector: z.literal("webhook"),
  url: urlSchema.describe("Is sent each order by POST"),
  readBackUrl: urlSchema.describe("Answers GET with the payload in force, as JSON; 404: none yet"),
  secretEnv: envNameSchema.default("HEADROOM_WEBHOOK_SECRET").describe("Shared with the receiver, for the signature"),
  bearerEnv: envNameSchema.optional().describe("Sent as authorization, where the receiver asks for it"),
  capabilities: declaredCapabilitiesSchema,
  tries: z.number().int().min(1).max(10).default(5).describe("While it answers 429 or 5xx or cannot be reached"),
  convergenceSec: z.number().min(0).max(3_600).default(30).describe("From its answer to the payload being in force"),
  timeoutSec: z.number().min(0.1).max(300).default(15).describe("Of one call"),
});
export type WebhookConfig = z.infer<typeof webhookConfigSchema>;
