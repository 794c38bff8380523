/**
 * Who pays and for what: OTLP attributes → tenant, endpoint, feature and the rest, by rules that an admin can edit
 * (workspace.otlpMapping). Pure.
 */
import { z } from "zod";
import type { Attributes } from "./scalars";

/** An attribute name, or a template such as `{service.name}.{gen_ai.operation.name}` whose every part must be present. */
const rule = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !text.includes("{") || /^(?:[^{}]|\{[^{}]+\})+$/.test(text), {
    error: "A template is text with {attribute.name} parts, e.g. {service.name}.{gen_ai.operation.name}.",
  });
export const mappingRules = (defaults: string[]) => z.array(rule).max(10).default(defaults);

/** Rules are tried in order, span attributes before resource attributes; the first that gives text wins. */
export const otlpMappingSchema = z.strictObject({
  tenant: mappingRules(["headroom.tenant", "tenant.id", "service.namespace", "enduser.id"]),
  endpoint: mappingRules(["headroom.endpoint", "{service.name}.{gen_ai.operation.name}", "gen_ai.operation.name"]),
  feature: mappingRules(["headroom.feature", "gen_ai.agent.name", "gen_ai.prompt.name"]),
  route: mappingRules(["headroom.route"]),
  gateway: mappingRules(["headroom.gateway"]),
  region: mappingRules(["cloud.region"]),
  /** Without a match: the trace id, so that one trace is one action. */
  action: mappingRules(["headroom.action_id"]),
  actionStep: mappingRules(["headroom.action_step", "gen_ai.agent.name"]),
  tags: z
    .record(z.string().min(1).max(64), z.array(rule).min(1).max(10))
    .refine((tags) => Object.keys(tags).length <= 15, { error: "At most 15 tags." })
    .default({ service: ["service.name"], environment: ["deployment.environment.name", "deployment.environment"] }),
  /** Spend that no rule could place stays visible under this name. */
  unmappedTenant: z.string().min(1).max(200).default("unattributed"),
  unmappedEndpoint: z.string().min(1).max(200).default("unattributed"),
});
export type OtlpMapping = z.infer<typeof otlpMappingSchema>;

export const DEFAULT_OTLP_MAPPING: OtlpMapping = otlpMappingSchema.parse({});

/** The mapping of a workspace. A stored one that does not parse must not stop ingestion: the defaults serve. */
export function parseOtlpMapping(stored: unknown): OtlpMapping {
  return otlpMappingSchema.safeParse(stored).data ?? DEFAULT_OTLP_MAPPING;
}

/** Where a rule looks: the first layer that has the attribute wins. */
export type AttributeLayers = readonly Attributes[];

/** The text that the first matching rule gives, or null. */
export function applyRules(list: readonly string[], layers: AttributeLayers): string | null {
  for (const entry of list) {
    const text = entry.includes("{") ? fillTemplate(entry, layers) : lookUp(entry, layers);
    if (text !== null) return text;
  }
  return null;
}

function fillTemplate(template: string, layers: AttributeLayers): string | null {
  let complete = true;
  const text = template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = lookUp(name, layers);
    if (value === null) complete = false;
    return value ?? "";
  });
  return complete ? storableText(text) : null;
}

function lookUp(name: string, layers: AttributeLayers): string | null {
  for (const layer of layers) {
    const value = layer.get(name);
    if (value === undefined || Array.isArray(value)) continue;
    const text = storableText(String(value));
    if (text !== null) return text;
  }
  return null;
}

/** Text that PostgreSQL can store: no control characters, no half of a surrogate pair, at most `max` units. Null when empty. */
export function storableText(text: string, max = 200): string | null {
  const clean = text.slice(0, max).replace(UNSTORABLE, " ").trim();
  return clean === "" ? null : clean;
}
// With the u flag \p{Cs} matches lone surrogates only, the one that the cut may leave included.
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu;
