/** Policies for tests: a small world of names, so that layers meet. */
import fc from "fast-check";
import { gatewayPolicySchema, type GatewayPolicy, type PolicyLayer, type Scope } from "./schemas";

export const TENANTS = ["acme", "globex"];
const ENDPOINTS = ["support.answer", "search"];
const TARGETS = ["large", "small", "new"];

/** Two targets, `large` with weight 3 and `small` with weight 1, and whatever else `route` says. */
export function policyWith(route: object = {}, rest: object = {}): GatewayPolicy {
  const targets = {
    large: { upstream: "cloud", model: "gpt-4o", weight: 3 },
    small: { upstream: "pool", model: "llama-8b", weight: 1 },
    new: { upstream: "pool", model: "llama-70b", weight: 0 },
  };
  return gatewayPolicySchema.parse({ routing: { routes: { "chat-default": { targets, ...route } } }, ...rest });
}

export const globalScope: Scope = { level: "global", value: null };

const scope: fc.Arbitrary<Scope> = fc.oneof(
  fc.constant(globalScope),
  fc.record({ level: fc.constant("environment" as const), value: fc.constantFrom("production", "staging") }),
  fc.record({ level: fc.constant("tenant" as const), value: fc.constantFrom(...TENANTS) }),
  fc.record({ level: fc.constant("endpoint" as const), value: fc.constantFrom(...ENDPOINTS) }),
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const target = fc.record(
  {
    upstream: maybe(fc.constantFrom("cloud", "pool")),
    model: maybe(fc.constantFrom("gpt-4o", "meta-llama/8b")),
    weight: maybe(fc.nat(9)),
  },
  { requiredKeys: [] },
);
const share = fc.record({ target: fc.constantFrom(...TARGETS), sharePercent: maybe(fc.nat(100)) }, { requiredKeys: [] });
const route = fc.record(
  {
    targets: fc.dictionary(fc.constantFrom(...TARGETS), maybe(target), { maxKeys: 3 }),
    canary: maybe(share),
    fallback: maybe(fc.record({ order: maybe(fc.subarray(TARGETS)) }, { requiredKeys: [] })),
    timeoutMs: maybe(fc.integer({ min: 100, max: 5_000 })),
  },
  { requiredKeys: [] },
);
const policies = fc.record(
  {
    routing: maybe(
      fc.record(
        { routes: maybe(fc.dictionary(fc.constantFrom("chat-default", "meta/chat"), maybe(route), { maxKeys: 2 })) },
        { requiredKeys: [] },
      ),
    ),
    tokens: maybe(
      fc.record(
        {
          maxOutputTokens: maybe(fc.integer({ min: 1, max: 100 })),
          responseFormat: maybe(
            fc.constantFrom({ type: "text" as const }, { type: "json_schema" as const, json_schema: { name: "a" } }),
          ),
          stop: maybe(fc.subarray(["###", "END"])),
        },
        { requiredKeys: [] },
      ),
    ),
    caching: maybe(
      fc.record(
        {
          exact: maybe(
            fc.record({ enabled: maybe(fc.boolean()), ttlSec: maybe(fc.integer({ min: 1, max: 90 })) }, { requiredKeys: [] }),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

export const layer: fc.Arbitrary<PolicyLayer> = fc.record({ scope, policies: policies as fc.Arbitrary<PolicyLayer["policies"]> });
/** At most one layer a scope, as in a file. */
export const layers = fc.uniqueArray(layer, { maxLength: 6, selector: ({ scope: { level, value } }) => `${level} ${value}` });
