/** The policy as a document, for a file or a webhook: whoever reads it decides what to make of it. */
import { z } from "zod";
import { gatewayPolicySchema } from "../schemas";
import type { Renderer } from "./target";

export const documentContentSchema = z.strictObject({
  environment: z.string().min(1).max(200),
  policy: gatewayPolicySchema.describe("Effective where no tenant or endpoint says anything; defaults filled in"),
  layers: z.array(z.record(z.string(), z.unknown())).max(10_000).describe("What each scope says, broad first"),
});

export const renderFile: Renderer = ({ target, policy, layers }) => ({
  content: { environment: target.environment, policy, layers: [...layers] },
});
