/**
 * Router of the vLLM production stack: a file that it looks at every 10 s. It says nothing when it does not like what
 * it reads and goes on with what it had, so only `GET /health` decides what is in force.
 */
import { VLLM_ROUTER } from "@/lib/policies/render/connector-abilities";
import { vllmRouterContentSchema, type VllmRouterContent } from "@/lib/policies/render/vllm-router";
import type { ApplyStep } from "@/lib/protocol/client";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { OpenDriver } from "../driver";
import { ask, briefly, jsonOf, type Call, type System } from "../foreign/ask";
import { contentOf, payloadOf, readContent, unknownUpstreams } from "../foreign/read-content";
import { readBytes, replaceBytes } from "../foreign/replace-bytes";
import { inWords, orRestore } from "../foreign/restore";
import { settle } from "../foreign/settle";
import { probeOf, under } from "../foreign/upstream-config";
import type { VllmRouterConfig } from "./config";
import { contentInForce, dynamicConfig, firstDifference, type DynamicConfig } from "./dynamic-config";

const LOOK_EVERY_MS = 1_000;

export const openVllmRouter: OpenDriver<VllmRouterConfig> = async (config, deps) => {
  const system: System = { name: "The vLLM router", timeoutMs: config.timeoutSec * 1_000 };
  const get = async (path: string, signal?: AbortSignal, as: System = system) => {
    const call: Call = { method: "GET", url: under(config.url, path), signal };
    return jsonOf(as, call, await ask(deps, as, call));
  };

  const inForce = async (signal?: AbortSignal): Promise<Record<string, unknown>> => {
    const found = (await get("health", signal))["dynamic_config"];
    if (typeof found === "object" && found !== null) return found as Record<string, unknown>;
    throw new Error(
      `The vLLM router names no dynamic_config in GET /health: start it with --dynamic-config-json ${config.file}.`,
    );
  };

  const reach = async (wanted: Record<string, unknown>, signal: AbortSignal) => {
    const patience = { withinSec: config.convergenceSec, everyMs: LOOK_EVERY_MS, times: 1, signal };
    const different = await settle(deps.clock, patience, async () =>
      firstDifference(wanted as DynamicConfig, await inForce(signal)),
    );
    if (different === null) return;
    throw new Error(
      `The vLLM router does not run what is in ${config.file}: ${different} (by GET /health, ${config.convergenceSec} s later). A key it does not know makes it keep what it had; its log says which.`,
    );
  };

  const probe = async (content: VllmRouterContent, signal: AbortSignal) => {
    if (config.probe === "models") {
      const list = (await get("v1/models", signal))["data"];
      const served = new Set(Array.isArray(list) ? list.map((one) => (one as { id?: unknown }).id) : []);
      const missing = content.models.find(({ model }) => !served.has(model));
      if (missing) throw new Error(`The vLLM router does not list ${missing.model} in GET /v1/models: are its engines up?`);
    }
    if (config.probe !== "chat") return;
    for (const { model } of content.models) {
      const { path, body } = probeOf("chat", model);
      await ask(deps, system, { method: "POST", url: under(config.url, path), body, signal });
    }
  };

  const wantedOf = (content: VllmRouterContent): DynamicConfig => {
    const wanted = dynamicConfig(content, config);
    if ("refusal" in wanted) throw new Error(String(wanted.refusal));
    return wanted;
  };

  const apply = async (payload: Record<string, unknown>, step: ApplyStep) => {
    const content = contentOf("vllm-router", vllmRouterContentSchema, payload);
    const wanted = wantedOf(content);
    const before = { bytes: await readBytes(config.file), inForce: await inForce(step.signal) };
    step.progress("applying");
    await orRestore(
      deps.log,
      async () => {
        await replaceBytes(config.file, textOf(wanted));
        step.progress("warming");
        await reach(wanted, step.signal);
        await probe(content, step.signal);
      },
      async (signal) => {
        // Without a file the router would keep what it has now: what it had is written instead.
        await replaceBytes(config.file, before.bytes ?? textOf(before.inForce));
        await reach(before.inForce, signal);
      },
    );
  };

  return {
    connector: "vllm-router",
    capabilities: VLLM_ROUTER.capabilities,
    refuse(payload) {
      const read = readContent("vllm-router", vllmRouterContentSchema, payload);
      if ("refusal" in read) return read.refusal;
      const unknown = unknownUpstreams(
        read.content.models.map((one) => one.upstream),
        config.upstreams,
      );
      if (unknown !== null) return unknown;
      const wanted = dynamicConfig(read.content, config);
      return "refusal" in wanted ? String(wanted.refusal) : null;
    },
    apply,
    async effectiveHash() {
      const found = await inForce().catch(() => null);
      if (found === null) return null;
      const content = contentInForce(found, config);
      if (content.models.length === 0) return null;
      // What our names cannot say (a key set by hand) counts as well.
      const wanted = dynamicConfigOrNull(content, config);
      const exact = wanted !== null && firstDifference(wanted, found) === null;
      return canonicalHash(exact ? payloadOf("vllm-router", content) : { inForce: found });
    },
    async health() {
      const down = await get("health", undefined, briefly(system)).then(() => null, inWords);
      return down === null ? { ok: true, crashes: 0, figures: {} } : { ok: false, reason: down, crashes: 0, figures: {} };
    },
    hardware: () => null,
    close: () => Promise.resolve(),
  };
};

const textOf = (config: Record<string, unknown>) => `${JSON.stringify(config, null, 2)}\n`;

function dynamicConfigOrNull(content: VllmRouterContent, config: VllmRouterConfig): DynamicConfig | null {
  if (
    unknownUpstreams(
      content.models.map((one) => one.upstream),
      config.upstreams,
    ) !== null
  )
    return null;
  const wanted = dynamicConfig(content, config);
  return "refusal" in wanted ? null : wanted;
}
