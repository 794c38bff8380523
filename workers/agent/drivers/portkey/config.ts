import { z } from "zod";
import { envNameSchema, nameSchema, probesSchema, urlSchema } from "../foreign/upstream-config";

const headerName = z
  .string()
  .regex(/^[a-z0-9-]+$/, "a header name in lower case")
  .refine((name) => !name.startsWith("x-portkey-"), { error: "x-portkey-* is this agent's alone" });

export const portkeyConfigSchema = z.strictObject({
  connector: z.literal("portkey"),
  gateway: urlSchema.describe("Of the Portkey gateway, e.g. http://127.0.0.1:8787. Only this agent may reach it"),
  listen: z
    .strictObject({ host: z.string().default("127.0.0.1"), port: z.number().int().min(0).max(65_535).default(4_188) })
    .prefault({})
    .describe("Where clients call from now on"),
  clients: z
    .union([
      z
        .array(z.strictObject({ keyEnv: envNameSchema }))
        .min(1)
        .max(1_000),
      z.literal("anybody"),
    ])
    .describe("Who may call, by key; anybody who reaches the port spends the upstreams' money"),
  upstreams: z.record(
    nameSchema,
    z.strictObject({
      provider: z
        .string()
        .min(1)
        .max(60)
        .describe("Portkey's name: openai, anthropic, azure-openai …; openai for your own engine"),
      baseUrl: urlSchema
        .optional()
        .describe("With the version, e.g. http://10.0.0.7:8000/v1. Private ones need TRUSTED_CUSTOM_HOSTS"),
      apiKeyEnv: envNameSchema.optional(),
    }),
  ),
  forwardHeaders: z.array(headerName).max(30).default([]).describe("Of the client, beside the usual ones"),
  limits: z
    .strictObject({
      bodyBytes: z.number().int().min(1_024).max(268_435_456).default(33_554_432),
      idleSec: z.number().min(1).max(3_600).default(300).describe("Without a byte from the gateway"),
      drainSec: z.number().min(0).max(600).default(20).describe("Requests under way may finish this long when the agent ends"),
    })
    .prefault({}),
  timeoutSec: z.number().min(1).max(600).default(60).describe("Of one probe"),
  probes: probesSchema,
});
export type PortkeyConfig = z.infer<typeof portkeyConfigSchema>;
