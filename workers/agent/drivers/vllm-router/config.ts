import { z } from "zod";
import { nameSchema, urlSchema } from "../foreign/upstream-config";

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, "a header name");

export const vllmRouterConfigSchema = z.strictObject({
  connector: z.literal("vllm-router"),
  url: urlSchema.describe("Of the router, e.g. http://localhost:8001"),
  file: z.string().min(1).describe("The one named by --dynamic-config-json"),
  upstreams: z.record(
    nameSchema,
    z.strictObject({ engines: z.array(urlSchema).min(1).max(1_000).describe("Of one model; requests go round them") }),
  ),
  stickyHeaders: z
    .strictObject({ user: headerName.optional(), tenant: headerName.optional(), action: headerName.optional() })
    .prefault({})
    .describe("In which header clients name who asks, for sessions"),
  extra: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("Further keys of the router's dynamic configuration, e.g. static_backend_health_checks"),
  convergenceSec: z.number().min(1).max(600).default(30).describe("It looks at its file every 10 s"),
  timeoutSec: z.number().min(1).max(300).default(15).describe("Of one call"),
  probe: z
    .enum(["models", "chat", "none"])
    .default("models")
    .describe("models asks GET /v1/models; chat costs a token per model"),
});
export type VllmRouterConfig = z.infer<typeof vllmRouterConfigSchema>;
