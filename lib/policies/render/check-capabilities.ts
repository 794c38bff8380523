/** What these policies ask of a target, against what it says it can do. Pure. */
import type { Capability } from "@/lib/protocol/connectors";
import { mergeLayers } from "../merge";
import { gatewayPolicySchema, type GatewayPolicy, type PolicyLayer } from "../schemas";

/** One sentence for each thing that is asked for and not declared. Empty: it can do everything. */
export function missingCapabilities(layers: readonly PolicyLayer[], capabilities: readonly string[]): string[] {
  return [...askedFor(layers)]
    .filter(([capability]) => !capabilities.includes(capability))
    .map(([capability, what]) => `It cannot do ${capability}, and ${what}.`);
}

/** Capability → who asks for it, in words; the first one found. */
function askedFor(layers: readonly PolicyLayer[]): Map<Capability, string> {
  const asked = new Map<Capability, string>();
  const ask = (capability: Capability, what: string) => void (asked.has(capability) || asked.set(capability, what));
  const narrow = layers.find(({ scope, policies }) => isNarrow(scope.level) && saysSomething(policies));
  if (narrow) ask("perTenantScope", `${narrow.scope.level} ${narrow.scope.value} has policies of its own`);
  const broad = layers.filter(({ scope }) => !isNarrow(scope.level));
  // Each narrower layer over the broad ones: what two of them switch on together, one of them already does.
  for (const place of [broad, ...layers.filter(({ scope }) => isNarrow(scope.level)).map((layer) => [...broad, layer])]) {
    const whole = gatewayPolicySchema.safeParse(mergeLayers(place).document);
    if (whole.success) askOf(whole.data, ask);
  }
  return asked;
}

const saysSomething = (policies: object) =>
  Object.values(policies).some((one) => one === null || Object.keys(one as object).length > 0);

const isNarrow = (level: string) => level === "tenant" || level === "endpoint";

function askOf(policy: GatewayPolicy, ask: (capability: Capability, what: string) => void): void {
  for (const [name, route] of Object.entries(policy.routing.routes)) {
    ask("routing", `route ${name} is one`);
    const weighted = Object.entries(route.targets).filter(([id, target]) => target.weight > 0 && id !== route.canary?.target);
    if (!route.cascade && weighted.length > 1) ask("weights", `route ${name} splits traffic by weight`);
    if (route.canary) ask("canary", `route ${name} has a canary`);
    if (route.shadow) ask("shadow", `route ${name} mirrors traffic`);
    if (route.cascade) ask("cascade", `route ${name} is a cascade`);
    if (route.fallback.order.length > 0) ask("fallback", `route ${name} has fallbacks`);
  }
  if (policy.caching.exact.enabled) ask("cacheExact", "the exact cache is on");
  if (policy.caching.semantic.enabled) ask("cacheSemantic", "the semantic cache is on");
  if (isSaid(policy.tokens)) ask("tokens", "tokens are limited");
  if (policy.batching.embeddings.enabled) ask("batching", "embeddings are batched");
  if (policy.batching.background.enabled) ask("batching", "the background lane is on");
}

const isSaid = ({ maxInputTokens, maxOutputTokens, stop, responseFormat }: GatewayPolicy["tokens"]) =>
  maxInputTokens !== null || maxOutputTokens !== null || stop.length > 0 || responseFormat !== null;
