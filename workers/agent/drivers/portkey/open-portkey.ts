/**
 * Portkey gateway, by way of the injecting proxy. A candidate is asked by the real gateway first, share by share, while
 * clients still have the old one; only then is it put in force, and asked once more as a client would.
 */
import path from "node:path";
import fs from "node:fs/promises";
import { z } from "zod";
import { PORTKEY } from "@/lib/policies/render/connector-abilities";
import { LARGEST_CONFIG_HEADER_BYTES, portkeyContentSchema, type PortkeyContent } from "@/lib/policies/render/portkey";
import type { ApplyStep } from "@/lib/protocol/client";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { DriverDeps, OpenDriver } from "../driver";
import { ask, AnsweredError, briefly, hidden, type System } from "../foreign/ask";
import { contentOf, readContent, secretOf, unknownUpstreams } from "../foreign/read-content";
import { inWords, orRestore } from "../foreign/restore";
import { probeOf, under } from "../foreign/upstream-config";
import { replaceBytes } from "../foreign/replace-bytes";
import type { PortkeyConfig } from "./config";
import { configHeader, routesOf, upstreamsOf } from "./config-header";
import { startInjectingProxy, type Injected } from "./injecting-proxy";

const storedSchema = z.object({ payload: z.record(z.string(), z.unknown()), generation: z.number().int().min(0) });

export const openPortkey: OpenDriver<PortkeyConfig> = async (config, deps) => {
  const keys =
    config.clients === "anybody" ? null : config.clients.map(({ keyEnv }) => secretOf(deps.env, keyEnv, "the key of a client"));
  const secrets = Object.entries(config.upstreams).flatMap(([name, { apiKeyEnv }]) =>
    apiKeyEnv ? [secretOf(deps.env, apiKeyEnv, `the key of the upstream ${name}`)] : [],
  );
  const proxy = await startInjectingProxy(config, keys);
  /** Found at the last change; null: streams pass, or nobody could tell. */
  let streamsFail: string | null = null;
  const system: System = { name: "Portkey", timeoutMs: config.timeoutSec * 1_000, secrets };
  const stored = path.join(deps.stateDir, "portkey.json");

  const injected = (payload: Record<string, unknown>, generation: number): Injected => {
    const content = contentOf("portkey", portkeyContentSchema, payload);
    const header = configHeader(content, config.upstreams, deps.env);
    return { header, hash: canonicalHash(payload), generation, routes: routesOf(content) };
  };
  const refuse = (payload: Record<string, unknown>): string | null => {
    const read = readContent("portkey", portkeyContentSchema, payload);
    if ("refusal" in read) return read.refusal;
    const unknown = unknownUpstreams(upstreamsOf(read.content), config.upstreams);
    if (unknown !== null) return unknown;
    const bytes = configHeader(read.content, config.upstreams, deps.env).length;
    if (bytes <= LARGEST_CONFIG_HEADER_BYTES) return null;
    return `With hosts and keys it is a header of ${bytes} bytes, more than ${LARGEST_CONFIG_HEADER_BYTES}. Use fewer routes or fallbacks.`;
  };

  // Clients are served from the first moment on, also when the console or the gateway is not there yet.
  const last = await readStored(stored);
  if (last && refuse(last.payload) === null) proxy.inject(injected(last.payload, last.generation));

  const apply = async (payload: Record<string, unknown>, step: ApplyStep) => {
    const content = contentOf("portkey", portkeyContentSchema, payload);
    const before = proxy.current();
    step.progress("applying");
    await askGateway(content, config, deps, system, step.signal);
    streamsFail = await askForStream(content, config, deps, system, step.signal);
    if (streamsFail !== null) deps.log("warn", streamsFail);
    await orRestore(
      deps.log,
      async () => {
        proxy.inject(injected(payload, step.generation));
        await askAsClient(content, config, deps, { ...system, name: "The injecting proxy" }, proxy, keys?.[0], step.signal);
        await replaceBytes(stored, JSON.stringify({ payload, generation: step.generation }), 0o600);
      },
      (_signal) => Promise.resolve(proxy.inject(before)),
    );
  };

  return {
    connector: "portkey",
    capabilities: PORTKEY.capabilities,
    refuse,
    apply,
    effectiveHash: () => proxy.current()?.hash ?? null,
    async health() {
      const down = await ask(deps, briefly(system), { method: "GET", url: under(config.gateway, "") }).then(() => null, inWords);
      const figures = proxy.figures();
      if (down !== null) return { ok: false, reason: down, crashes: 0, figures };
      return { ok: true, ...(streamsFail === null ? {} : { reason: streamsFail }), crashes: 0, figures };
    },
    hardware: () => null,
    close: () => proxy.close(),
  };
};

/** Each share of each route with its fallbacks, each by itself: chance decides nothing here. */
async function askGateway(
  content: PortkeyContent,
  config: PortkeyConfig,
  deps: DriverDeps,
  system: System,
  signal: AbortSignal,
): Promise<void> {
  for (const route of routesOf(content)) {
    const kind = config.probes[route] ?? "chat";
    if (kind === "none") continue;
    for (const branch of content.routes[route]!) {
      const alone: PortkeyContent = { routes: { [route]: [branch] } };
      const header = configHeader(alone, config.upstreams, deps.env);
      const { path, body } = probeOf(kind, route);
      const url = under(config.gateway, path);
      const answer = await ask(deps, system, {
        method: "POST",
        url,
        body,
        headers: { "x-portkey-config": header },
        signal,
      }).catch((error: unknown) => {
        throw inPortkeysWords(error, route, upstreamsOf(alone), config, system);
      });
      if (!(answer.headers.get("x-portkey-last-used-option-index") ?? "").startsWith("config.targets[0]")) {
        throw new Error(`What answers at ${config.gateway} does not say which target it used: is it a Portkey gateway?`);
      }
    }
  }
}

/**
 * Installed from npm as it is, Portkey answers 500 to every stream: its `@hono/node-server` must be 1.14.1 or older
 * (Portkey-AI/gateway issue 1389). Answers without streaming work, so this is said and not refused.
 */
async function askForStream(
  content: PortkeyContent,
  config: PortkeyConfig,
  deps: DriverDeps,
  system: System,
  signal: AbortSignal,
): Promise<string | null> {
  const route = routesOf(content).find((one) => (config.probes[one] ?? "chat") === "chat");
  if (route === undefined) return null;
  const alone: PortkeyContent = { routes: { [route]: content.routes[route]!.slice(0, 1) } };
  const { path, body } = probeOf("chat", route);
  const headers = { "x-portkey-config": configHeader(alone, config.upstreams, deps.env) };
  const call = { method: "POST" as const, url: under(config.gateway, path), body: { ...body, stream: true }, headers, signal };
  try {
    await ask(deps, system, call);
    return null;
  } catch (error) {
    if (!(error instanceof AnsweredError) || !error.body.includes("Something went wrong")) return null;
    return "This Portkey gateway answers streams with 500. Where it was installed with npm: npm pkg set overrides.@hono/node-server=1.14.1, npm install, and restart it.";
  }
}

/** One request as a client sends it: the configuration in force is the new one, and the gateway used the right route. */
async function askAsClient(
  content: PortkeyContent,
  config: PortkeyConfig,
  deps: DriverDeps,
  system: System,
  proxy: { url: string; current(): Injected | null },
  key: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const routes = routesOf(content);
  const index = routes.findIndex((route) => (config.probes[route] ?? "chat") !== "none");
  const kind = config.probes[routes[index] ?? ""] ?? "chat";
  if (index === -1 || kind === "none") return;
  const { path, body } = probeOf(kind, routes[index]!);
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const answer = await ask(deps, system, { method: "POST", url: under(proxy.url, path), body, headers, signal });
  const used = answer.headers.get("x-portkey-last-used-option-index") ?? "nothing";
  if (!used.startsWith(`config.targets[${index}]`)) {
    throw new Error(`Portkey answered ${routes[index]} with ${used}, which is another route's target.`);
  }
  if (answer.headers.get("x-headroom-config") !== proxy.current()?.hash.slice(0, 12)) {
    throw new Error("The injecting proxy answered with another configuration than the one in force.");
  }
}

function inPortkeysWords(error: unknown, route: string, upstreams: string[], config: PortkeyConfig, system: System): unknown {
  if (!(error instanceof AnsweredError)) return error;
  if (error.body.includes("Invalid custom host")) {
    const hosts = [
      ...new Set(upstreams.flatMap((name) => config.upstreams[name]?.baseUrl ?? []).map((url) => new URL(url).hostname)),
    ];
    return new Error(
      `Portkey refuses the host of route ${route} (${hosts.join(", ")}): it trusts private addresses only by name. Start it with TRUSTED_CUSTOM_HOSTS=${["localhost", "127.0.0.1", ...hosts].join(",")}`,
    );
  }
  const names = [...new Set(upstreams)].join(", ");
  const said = hidden(error.body, system.secrets ?? []).slice(0, 200);
  return new Error(`Route ${route} does not answer (${names}): Portkey answered ${error.status}. ${said}`.trim());
}

async function readStored(file: string): Promise<z.infer<typeof storedSchema> | null> {
  try {
    return storedSchema.parse(JSON.parse(await fs.readFile(file, "utf8")));
  } catch {
    // Not there, or cut short by an older version: the sync client brings the last known good one in a moment.
    return null;
  }
}
