/**
 * LiteLLM proxy. Additions first, then weights, fallbacks and removals, so that a route is never without a deployment.
 *
 *   read what runs (snapshot) → foreign deployment of our model names? refused → write → until every replica does it
 *   → ask each model name once → applied; anything else: the same way back to the snapshot
 */
import { LITELLM } from "@/lib/policies/render/connector-abilities";
import { litellmContentSchema, type LitellmContent } from "@/lib/policies/render/litellm";
import type { ApplyStep } from "@/lib/protocol/client/applier";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { Driver, DriverDeps, OpenDriver } from "../driver";
import { contentOf, payloadOf, readContent, secretOf, unknownUpstreams } from "../foreign/read-content";
import { inWords, orRestore } from "../foreign/restore";
import { settle } from "../foreign/settle";
import type { LitellmConfig } from "./config";
import {
  contentOfPresent,
  firstDifference,
  presentDeployments,
  sameButWeight,
  wantedDeployments,
  type Present,
} from "./deployments";
import { litellmApi, type LitellmApi } from "./litellm-api";

const LOOK_EVERY_MS = 1_000;
/** One look may have met the one replica that has read its database already. */
const LOOKS_IN_A_ROW = 3;
/** The only one that looks at weights; LiteLLM's default. */
const WEIGHING_STRATEGY = "simple-shuffle";
const EMPTY: LitellmContent = { deployments: [], fallbacks: {} };

export const openLitellm: OpenDriver<LitellmConfig> = async (config, deps) => {
  const masterKey = secretOf(deps.env, config.masterKeyEnv, "the master key of LiteLLM");
  for (const [name, { apiKeyEnv }] of Object.entries(config.upstreams)) {
    if (apiKeyEnv) secretOf(deps.env, apiKeyEnv, `the key of the upstream ${name}`);
  }
  const api = litellmApi(config, deps, masterKey);
  return litellmDriver(config, deps, api);
};

function litellmDriver(config: LitellmConfig, deps: DriverDeps, api: LitellmApi): Driver {
  const read = async (address: string, signal?: AbortSignal): Promise<Present> =>
    presentDeployments(await api.models(address, signal), config, deps.name);

  /** Fallbacks of our model names; a name with a slash has none (the renderer sees to it). */
  const readFallbacks = async (groups: Iterable<string>, signal?: AbortSignal) => {
    const found: Record<string, string[]> = {};
    for (const group of [...new Set(groups)].filter((one) => !one.includes("/")).sort()) {
      const models = await api.fallbacks(group, signal);
      if (models.length > 0) found[group] = models;
    }
    return found;
  };
  const runs = async (address: string, more: readonly string[] = [], signal?: AbortSignal): Promise<LitellmContent> => {
    const present = await read(address, signal);
    const groups = [...present.ours.map(({ does }) => does.group), ...more];
    return contentOfPresent(present, await readFallbacks(groups, signal));
  };
  const groupsOf = (content: LitellmContent) => [...new Set(content.deployments.map((one) => one.group))];

  /** Without asking any model. `renewKeys`: a key may have changed in this agent's environment since it last ran. */
  const write = async (content: LitellmContent, renewKeys: boolean, before: LitellmContent, signal: AbortSignal) => {
    const wanted = wantedDeployments(content, config, deps.name, deps.env);
    const { ours } = await read(config.url, signal);
    const has = new Map(ours.map((one) => [one.id, one]));
    for (const [index, one] of wanted.entries()) {
      const there = has.get(one.id);
      // Somebody changed more of it than its weight: a patch would leave that as it is.
      const spoilt = there !== undefined && !sameButWeight(there.does, content.deployments[index]!);
      if (spoilt) await api.drop(one.id, signal);
      if (!there || spoilt) await api.add(one, signal);
      else if (renewKeys || there.does.weight !== one.weight) await api.patch(one, signal);
    }
    for (const [group, models] of Object.entries(content.fallbacks)) {
      if (before.fallbacks[group]?.join("\n") !== models.join("\n")) await api.setFallbacks(group, models, signal);
    }
    for (const group of Object.keys(before.fallbacks)) if (!content.fallbacks[group]) await api.dropFallbacks(group, signal);
    const keep = new Set(wanted.map((one) => one.id));
    for (const one of ours) if (!keep.has(one.id)) await api.drop(one.id, signal);
  };

  const converge = async (content: LitellmContent, before: LitellmContent, signal: AbortSignal) => {
    const more = [...groupsOf(content), ...groupsOf(before)];
    for (const address of api.addresses) {
      const patience = { withinSec: config.convergenceSec, everyMs: LOOK_EVERY_MS, times: LOOKS_IN_A_ROW, signal };
      const different = await settle(deps.clock, patience, async () =>
        firstDifference(content, await runs(address, more, signal)),
      );
      if (different !== null) {
        throw new Error(
          `LiteLLM at ${address} took the change and does not do it: ${different} (by GET /model/info, ${config.convergenceSec} s later). Check STORE_MODEL_IN_DB=True and its log.`,
        );
      }
    }
  };

  const probe = async (content: LitellmContent, signal: AbortSignal) => {
    const wanted = wantedDeployments(content, config, deps.name, deps.env);
    const idsOf = (group: string) => wanted.filter((one) => one.group === group).map((one) => one.id);
    for (const group of groupsOf(content)) {
      const route = group.slice(0, Math.max(0, group.lastIndexOf("--")));
      const kind = config.probes[group] ?? config.probes[route] ?? "chat";
      if (kind === "none") continue;
      const answeredBy = await api.probe(kind, group, signal);
      const expected = [group, ...(content.fallbacks[group] ?? [])].flatMap(idsOf);
      if (answeredBy === null) deps.log("warn", "LiteLLM does not say which deployment answered", { group });
      else if (!expected.includes(answeredBy)) {
        throw new Error(`A request for ${group} was answered by the deployment ${answeredBy}, which is not one of its own.`);
      }
    }
  };

  const apply = async (payload: Record<string, unknown>, step: ApplyStep) => {
    const content = contentOf("litellm", litellmContentSchema, payload);
    const present = await read(config.url, step.signal);
    const taken = groupsOf(content).find((group) => present.foreign.has(group));
    if (taken !== undefined) {
      throw new Error(
        `LiteLLM has deployments of ${taken} that this agent did not make (${present.foreign.get(taken)!.join(", ")}): its shares would be wrong. Remove or rename them there, or name the route differently.`,
      );
    }
    const strategy = content.deployments.length > groupsOf(content).length ? await api.strategy(step.signal) : null;
    if (strategy !== null && strategy !== WEIGHING_STRATEGY) {
      throw new Error(
        `LiteLLM routes by ${strategy}, which ignores weights. Set router_settings.routing_strategy to ${WEIGHING_STRATEGY} there, or give each route one target.`,
      );
    }
    const before = contentOfPresent(
      present,
      await readFallbacks([...present.ours.map(({ does }) => does.group), ...groupsOf(content)], step.signal),
    );
    const same = firstDifference(content, before) === null;
    if (same && step.why !== "boot") return;
    step.progress("applying");
    await orRestore(
      deps.log,
      async () => {
        await write(content, step.why === "boot", before, step.signal);
        step.progress("warming");
        await converge(content, before, step.signal);
        await probe(content, step.signal);
      },
      async (signal) => {
        const whole = restorable(before, config);
        const back = async () => {
          await write(whole, false, await runs(config.url, [...groupsOf(content), ...groupsOf(before)], signal), signal);
          await converge(whole, content, signal);
        };
        // What was read may have been a replica's old list: then once more, from what it lists now.
        await back().catch(back);
      },
    );
  };

  return {
    connector: "litellm",
    capabilities: LITELLM.capabilities,
    refuse(payload) {
      const read = readContent("litellm", litellmContentSchema, payload);
      if ("refusal" in read) return read.refusal;
      return unknownUpstreams(
        read.content.deployments.map((one) => one.upstream),
        config.upstreams,
      );
    },
    apply,
    async effectiveHash() {
      const content = await runs(config.url).catch(() => null);
      return content === null || content.deployments.length === 0 ? null : canonicalHash(payloadOf("litellm", content));
    },
    async health() {
      const down = await api.alive().then(() => null, inWords);
      return down === null ? { ok: true, crashes: 0, figures: {} } : { ok: false, reason: down, crashes: 0, figures: {} };
    },
    hardware: () => null,
    close: () => Promise.resolve(),
  };
}

/** What ran before, as far as this agent can make it: an upstream that its file no longer has cannot be put back. */
function restorable(before: LitellmContent, config: LitellmConfig): LitellmContent {
  if (before.deployments.length === 0) return { ...EMPTY, fallbacks: before.fallbacks };
  const lost = unknownUpstreams(
    before.deployments.map((one) => one.upstream),
    config.upstreams,
  );
  if (lost !== null) throw new Error(lost);
  return before;
}
