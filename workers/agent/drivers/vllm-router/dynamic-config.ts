/** Content as the router's dynamic configuration, and back from what it says is in force. Pure. */
import type { VllmRouterContent } from "@/lib/policies/render/vllm-router";
import type { VllmRouterConfig } from "./config";

export type DynamicConfig = Record<string, string | number | boolean>;

export function dynamicConfig(content: VllmRouterContent, config: VllmRouterConfig): DynamicConfig | { refusal: string } {
  const session = content.sticky === null ? null : config.stickyHeaders[content.sticky];
  if (session === undefined) {
    return {
      refusal: `Nobody told this agent in which header clients name the ${content.sticky}. Set target.stickyHeaders.${content.sticky}, or sticky to request.`,
    };
  }
  const rows = content.models.flatMap(({ model, upstream }) =>
    config.upstreams[upstream]!.engines.map((engine) => ({ model, engine })),
  );
  return {
    ...config.extra,
    service_discovery: "static",
    routing_logic: session === null ? "roundrobin" : "session",
    ...(session === null ? {} : { session_key: session }),
    static_backends: rows.map((row) => row.engine).join(","),
    static_models: rows.map((row) => row.model).join(","),
  };
}

/** `dynamic_config` of GET /health has every key it knows, null or false where nothing was said. */
const said = (config: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== false && value !== ""));

/** The first key in which the router differs, in words; null when it runs what is wanted. */
export function firstDifference(wanted: DynamicConfig, inForce: Record<string, unknown>): string | null {
  const [want, has] = [said(wanted), said(inForce)];
  for (const key of new Set([...Object.keys(want), ...Object.keys(has)])) {
    if (want[key] !== has[key]) return `${key} is ${JSON.stringify(has[key] ?? null)}, not ${JSON.stringify(want[key] ?? null)}`;
  }
  return null;
}

/** What the router runs in our words, also when somebody else wrote its file: then names say what they stand for. */
export function contentInForce(inForce: Record<string, unknown>, config: VllmRouterConfig): VllmRouterContent {
  const list = (key: string) =>
    String(inForce[key] ?? "")
      .split(",")
      .filter(Boolean);
  const models = list("static_models");
  const enginesOf = new Map<string, string[]>();
  list("static_backends").forEach((engine, index) => {
    const model = models[index] ?? "unknown";
    enginesOf.set(model, [...(enginesOf.get(model) ?? []), engine]);
  });
  const upstreamOf = (engines: string[]) =>
    Object.entries(config.upstreams).find(([, upstream]) => upstream.engines.join() === engines.join())?.[0] ?? engines.join(" ");
  const header = inForce["routing_logic"] === "session" ? inForce["session_key"] : null;
  const sticky = (["user", "tenant", "action"] as const).find((who) => config.stickyHeaders[who] === header) ?? null;
  return {
    models: [...enginesOf]
      .map(([model, engines]) => ({ model, upstream: upstreamOf(engines) }))
      .sort((a, b) => (a.model < b.model ? -1 : 1)),
    sticky: header === null ? null : sticky,
  };
}
