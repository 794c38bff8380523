import { z } from "zod";
import { CAPABILITIES } from "@/lib/protocol/connectors";
import { urlSchema } from "../foreign/upstream-config";

/** What whoever reads a document can do is not for us to know: its owner says so. */
export const declaredCapabilitiesSchema = z
  .array(z.enum(CAPABILITIES))
  .default(["routing", "weights", "fallback"])
  .describe("What the reader of this document really does; a policy that asks for more is refused");

export const fileConfigSchema = z.strictObject({
  connector: z.literal("file"),
  path: z.string().min(1),
  format: z
    .union([z.enum(["json", "yaml"]), z.strictObject({ template: z.string().min(1) })])
    .default("json")
    .describe("json and yaml: the whole document. A template has {{json /policy/routing}}, {{text /environment}} and {{hash}}"),
  capabilities: declaredCapabilitiesSchema,
  reload: z
    .strictObject({
      command: z.array(z.string().min(1).max(10_000)).min(1).max(100).describe('Without a shell: ["systemctl","reload","nginx"]'),
      timeoutSec: z.number().min(0.1).max(3_600).default(60),
    })
    .nullable()
    .default(null),
  probe: z
    .strictObject({
      url: urlSchema,
      withinSec: z.number().min(0).max(3_600).default(30).describe("From the reload to the first 2xx"),
      timeoutSec: z.number().min(0.1).max(300).default(10),
    })
    .nullable()
    .default(null),
});
export type FileConfig = z.infer<typeof fileConfigSchema>;
