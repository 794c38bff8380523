/** A mapping, of OTLP or of LiteLLM, as a person edits it: one rule a line, tags as `tag = rule, rule`. Pure, both ways. */
import { litellmMappingSchema, type LitellmMapping } from "@/lib/telemetry/litellm/mapping";
import { otlpMappingSchema, type OtlpMapping } from "@/lib/telemetry/otlp/mapping";

export const RULE_FIELDS = ["tenant", "endpoint", "feature", "route", "gateway", "region", "action", "actionStep"] as const;
export type RuleField = (typeof RULE_FIELDS)[number];

/** What each kind of mapping can name. */
export const FIELDS_OF = {
  otlp: RULE_FIELDS,
  litellm: ["tenant", "endpoint", "feature"],
} as const satisfies Record<string, readonly RuleField[]>;
export type MappingKind = keyof typeof FIELDS_OF;
const SCHEMAS = { otlp: otlpMappingSchema, litellm: litellmMappingSchema };

export type MappingText = Record<RuleField | "tags" | "unmappedTenant" | "unmappedEndpoint", string>;

export function mappingToText(mapping: OtlpMapping | LitellmMapping): MappingText {
  const listed: Partial<Record<RuleField, string[]>> = mapping;
  const rules = Object.fromEntries(RULE_FIELDS.map((field) => [field, (listed[field] ?? []).join("\n")])) as Record<
    RuleField,
    string
  >;
  const tags = Object.entries(mapping.tags).map(([tag, list]) => `${tag} = ${list.join(", ")}`);
  const { unmappedTenant, unmappedEndpoint } = mapping;
  return { ...rules, tags: tags.join("\n"), unmappedTenant, unmappedEndpoint };
}

export type ParsedMapping = { mapping: OtlpMapping | LitellmMapping } | { errors: Partial<Record<keyof MappingText, string>> };

export function mappingFromText(text: MappingText, kind: MappingKind = "otlp"): ParsedMapping {
  const lines = (field: keyof MappingText) =>
    text[field]
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  const tags: [string, string[]][] = [];
  for (const line of lines("tags")) {
    const at = line.indexOf("=");
    const rules = line
      .slice(at + 1)
      .split(",")
      .map((rule) => rule.trim())
      .filter(Boolean);
    if (at < 1 || rules.length === 0) return { errors: { tags: `“${line}” is not of the form tag = attribute, attribute.` } };
    tags.push([line.slice(0, at).trim(), rules]);
  }
  const parsed = SCHEMAS[kind].safeParse({
    ...Object.fromEntries(FIELDS_OF[kind].map((field) => [field, lines(field)])),
    tags: Object.fromEntries(tags),
    unmappedTenant: text.unmappedTenant.trim(),
    unmappedEndpoint: text.unmappedEndpoint.trim(),
  });
  if (parsed.success) return { mapping: parsed.data };
  return { errors: Object.fromEntries(parsed.error.issues.toReversed().map((issue) => [String(issue.path[0]), issue.message])) };
}
