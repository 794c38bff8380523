/**
 * What a desired state holds, per connector. The content of each is checked by the one who applies it (a gateway checks
 * layers with lib/policies); here is only the envelope, so that this folder knows no policy.
 */
import { z } from "zod";
import { CONNECTORS } from "./connectors";

export const payloadSchema = z.object({
  schema: z.literal(1),
  connector: z.enum(CONNECTORS),
  /**
   * headroom-gateway: `{layers: [{scope, policies}]}` as in a policy file
   * engine: `{engine: {model, quantization, …}}` the effective engine policy, nulls left out
   * litellm, vllm-router, portkey, file, webhook: the rendered configuration, see lib/policies/render
   */
  content: z.record(z.string(), z.unknown()),
});
export type Payload = z.infer<typeof payloadSchema>;
