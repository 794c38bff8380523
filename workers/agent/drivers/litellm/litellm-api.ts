/** LiteLLM's management API, as far as it is used. `POST /config/update` is not: it answers success and drops settings. */
import { z } from "zod";
import type { DriverDeps } from "../driver";
import { ask, briefly, jsonOf, type Call, type System } from "../foreign/ask";
import { probeOf, under, type ProbeKind } from "../foreign/upstream-config";
import type { LitellmConfig } from "./config";
import type { WantedDeployment } from "./deployments";

export function litellmApi(config: LitellmConfig, deps: DriverDeps, masterKey: string) {
  const key = `check ${config.masterKeyEnv}: it must be the master key or the key of a proxy admin.`;
  const system: System = {
    name: "LiteLLM",
    timeoutMs: config.timeoutSec * 1_000,
    headers: { authorization: `Bearer ${masterKey}` },
    hints: { 401: key, 403: key },
    secrets: [masterKey, ...Object.values(config.upstreams).flatMap(({ apiKeyEnv }) => (apiKeyEnv && deps.env[apiKeyEnv]) || [])],
  };
  const send = (call: Call) => ask(deps, system, call);
  const at = (path: string) => under(config.url, path);
  return {
    /** Every address at which replicas can be read one by one. */
    addresses: config.readFrom.length > 0 ? config.readFrom : [config.url],
    async models(address: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
      const call: Call = { method: "GET", url: under(address, "model/info"), signal };
      return jsonOf(system, call, await send(call));
    },
    add: (deployment: WantedDeployment, signal: AbortSignal) =>
      send({ method: "POST", url: at("model/new"), body: deployment.body, signal }),
    /** Weight and key; the rest of a deployment never changes. */
    patch(deployment: WantedDeployment, signal: AbortSignal) {
      const { weight, api_key } = deployment.body.litellm_params;
      const url = at(`model/${encodeURIComponent(deployment.id)}/update`);
      const params = api_key === undefined ? { weight } : { weight, api_key };
      return send({ method: "PATCH", url, body: { litellm_params: params }, signal });
    },
    drop: (id: string, signal: AbortSignal) => send({ method: "POST", url: at("model/delete"), body: { id }, signal }),
    async fallbacks(group: string, signal?: AbortSignal): Promise<string[]> {
      const call: Call = { method: "GET", url: at(`fallback/${encodeURIComponent(group)}`), accept: [404], signal };
      const answer = await send(call);
      if (answer.status === 404) return [];
      const parsed = z.object({ fallback_models: z.array(z.string()) }).safeParse(jsonOf(system, call, answer));
      if (!parsed.success) throw new Error(`LiteLLM answered GET ${call.url.pathname} without fallback_models.`);
      return parsed.data.fallback_models;
    },
    setFallbacks: (group: string, models: readonly string[], signal: AbortSignal) =>
      send({
        method: "POST",
        url: at("fallback"),
        body: { model: group, fallback_models: models, fallback_type: "general" },
        signal,
      }),
    dropFallbacks: (group: string, signal: AbortSignal) =>
      send({ method: "DELETE", url: at(`fallback/${encodeURIComponent(group)}`), accept: [404], signal }),
    /** Id of the deployment that answered; null when LiteLLM does not say. */
    async probe(kind: Exclude<ProbeKind, "none">, group: string, signal: AbortSignal): Promise<string | null> {
      const { path, body } = probeOf(kind, group);
      return (await send({ method: "POST", url: at(path), body, signal })).headers.get("x-litellm-model-id");
    },
    /** How it spreads requests over the deployments of one model name; null when this version does not say. */
    async strategy(signal: AbortSignal): Promise<string | null> {
      const call: Call = { method: "GET", url: at("router/settings"), accept: [404], signal };
      const answer = await send(call);
      if (answer.status === 404) return null;
      const parsed = z
        .object({ current_values: z.object({ routing_strategy: z.string() }) })
        .safeParse(jsonOf(system, call, answer));
      return parsed.success ? parsed.data.current_values.routing_strategy : null;
    },
    alive: () => ask(deps, briefly(system), { method: "GET", url: at("health/liveliness") }),
  };
}
export type LitellmApi = ReturnType<typeof litellmApi>;
