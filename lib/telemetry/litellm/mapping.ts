/**
 * Who pays and for what: LiteLLM's team, key, end user, tags and metadata → tenant, endpoint, feature and tags, by rules
 * that an admin can edit (workspace.litellmMapping). The rules work as those of the OTLP mapping. Pure.
 */
import { z } from "zod";
import { mappingRules } from "../otlp/mapping";

export const litellmMappingSchema = z.strictObject({
  tenant: mappingRules([
    "spend_logs_metadata.tenant",
    "requester_metadata.tenant",
    "user_api_key_team_alias",
    "user_api_key_team_id",
    "user_api_key_org_id",
    "end_user",
    "user_api_key_alias",
  ]),
  endpoint: mappingRules([
    "spend_logs_metadata.endpoint",
    "requester_metadata.endpoint",
    "user_api_key_alias",
    "model_group",
    "call_type",
  ]),
  feature: mappingRules(["spend_logs_metadata.feature", "requester_metadata.feature"]),
  tags: z
    .record(z.string().min(1).max(64), mappingRules([]))
    .refine((tags) => Object.keys(tags).length <= 15, { error: "At most 15 tags." })
    .default({ team: ["user_api_key_team_alias"], key: ["user_api_key_alias"] }),
  /** Spend that no rule could place stays visible under this name. */
  unmappedTenant: z.string().min(1).max(200).default("unattributed"),
  unmappedEndpoint: z.string().min(1).max(200).default("unattributed"),
});
export type LitellmMapping = z.infer<typeof litellmMappingSchema>;

const DEFAULTS: LitellmMapping = litellmMappingSchema.parse({});

/** The mapping of a workspace. A stored one that does not parse must not stop ingestion: the defaults serve. */
export function parseLitellmMapping(stored: unknown): LitellmMapping {
  return litellmMappingSchema.safeParse(stored).data ?? DEFAULTS;
}
