/**
 * Content as LiteLLM deployments and back again. Pure.
 *
 * The id of a deployment says everything of it but weight and key, so a weight is patched and everything else is a new
 * deployment beside the old: `PATCH /model/{id}/update` merges, and what was left out (a mirror) would stay for ever.
 * The content is written into `model_info` too: what runs can be read from LiteLLM alone, also after this agent lost
 * its disk. What is not marked with this agent's name is never touched.
 */
import { z } from "zod";
import type { LitellmContent, LitellmDeployment } from "@/lib/policies/render/litellm";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { LitellmConfig } from "./config";

export interface WantedDeployment {
  id: string;
  group: string;
  weight: number;
  /** Body of `POST /model/new`. Holds the key of the upstream. */
  body: { model_name: string; litellm_params: Record<string, unknown>; model_info: Record<string, unknown> };
}

type Env = Readonly<Record<string, string | undefined>>;

export function wantedDeployments(content: LitellmContent, config: LitellmConfig, owner: string, env: Env): WantedDeployment[] {
  return content.deployments.map((deployment) => {
    const { provider, apiBase, apiKeyEnv, credentialName } = config.upstreams[deployment.upstream]!;
    const { weight, ...said } = deployment;
    const id = `headroom-${canonicalHash({ owner, ...said, provider, apiBase: apiBase ?? null, credentialName: credentialName ?? null }).slice(0, 24)}`;
    const params: Record<string, unknown> = { model: `${provider}/${deployment.model}`, weight, timeout: deployment.timeoutSec };
    if (apiBase) params["api_base"] = apiBase;
    if (apiKeyEnv) params["api_key"] = env[apiKeyEnv];
    if (credentialName) params["litellm_credential_name"] = credentialName;
    if (deployment.mirrorTo !== null) params["silent_model"] = deployment.mirrorTo;
    return {
      id,
      group: deployment.group,
      weight,
      body: {
        model_name: deployment.group,
        litellm_params: params,
        model_info: { id, headroom_owner: owner, headroom_deployment: JSON.stringify(said) },
      },
    };
  });
}

const entrySchema = z.object({
  model_name: z.string(),
  litellm_params: z.record(z.string(), z.unknown()).default({}),
  model_info: z.looseObject({
    id: z.string(),
    headroom_owner: z.string().optional(),
    headroom_deployment: z.string().optional(),
  }),
});
const modelInfoSchema = z.object({ data: z.array(entrySchema).max(20_000) });

export interface Present {
  ours: PresentDeployment[];
  /** Model names that somebody else's deployments have → their ids. */
  foreign: Map<string, string[]>;
}

interface PresentDeployment {
  id: string;
  /** What it really does, by its parameters. */
  does: LitellmDeployment;
}

/** Of `GET /model/info`. Throws in words when it is none. */
export function presentDeployments(json: Record<string, unknown>, config: LitellmConfig, owner: string): Present {
  const parsed = modelInfoSchema.safeParse(json);
  if (!parsed.success)
    throw new Error("LiteLLM answered GET /model/info with a list that is not understood: is this its address?");
  const present: Present = { ours: [], foreign: new Map() };
  for (const entry of parsed.data.data) {
    const { id, headroom_owner, headroom_deployment } = entry.model_info;
    if (headroom_owner === owner && id.startsWith("headroom-") && headroom_deployment !== undefined) {
      present.ours.push({ id, does: whatItDoes(entry, headroom_deployment, config) });
    } else {
      present.foreign.set(entry.model_name, [...(present.foreign.get(entry.model_name) ?? []), id]);
    }
  }
  return present;
}

/** Its own parameters decide, not what we noted down: somebody may have changed it since. */
function whatItDoes(entry: z.infer<typeof entrySchema>, note: string, config: LitellmConfig): LitellmDeployment {
  const noted = parseNote(note);
  const params = entry.litellm_params;
  const upstream = config.upstreams[noted.upstream];
  const prefix = `${upstream?.provider ?? ""}/`;
  const model = String(params["model"] ?? "");
  const apiBase = typeof params["api_base"] === "string" ? params["api_base"] : undefined;
  const mirror = params["silent_model"];
  return {
    group: entry.model_name,
    target: noted.target,
    // Some versions do not show the address; the id says it then, and a patch of ours never changes it.
    upstream: apiBase === undefined || apiBase === upstream?.apiBase ? noted.upstream : `${noted.upstream} at ${apiBase}`,
    model: model.startsWith(prefix) ? model.slice(prefix.length) : model,
    weight: Number(params["weight"] ?? 1),
    timeoutSec: Number(params["timeout"] ?? 0),
    mirrorTo: typeof mirror === "string" && mirror !== "" ? mirror : null,
  };
}

function parseNote(note: string): { target: string; upstream: string } {
  try {
    const { target, upstream } = JSON.parse(note) as { target?: unknown; upstream?: unknown };
    if (typeof target === "string" && typeof upstream === "string") return { target, upstream };
  } catch {
    // Somebody wrote into it.
  }
  return { target: "unknown", upstream: "unknown" };
}

export function contentOfPresent(present: Present, fallbacks: Record<string, string[]>): LitellmContent {
  const key = (one: LitellmDeployment) => `${one.group}\n${one.target}`;
  const deployments = present.ours.map(({ does }) => does).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { deployments, fallbacks };
}

export const sameButWeight = (a: LitellmDeployment, b: LitellmDeployment) =>
  canonicalHash({ ...a, weight: 0 }) === canonicalHash({ ...b, weight: 0 });

/** The first thing in which what runs differs from what is wanted, in words; null when nothing does. */
export function firstDifference(wanted: LitellmContent, runs: LitellmContent): string | null {
  const name = (one: LitellmDeployment) => `the deployment ${one.target} of ${one.group}`;
  const find = (content: LitellmContent, like: LitellmDeployment) =>
    content.deployments.filter((one) => one.group === like.group && one.target === like.target);
  for (const one of wanted.deployments) {
    const [found, second] = find(runs, one);
    if (!found) return `${name(one)} is not there`;
    if (second) return `${name(one)} is there twice`;
    for (const key of ["upstream", "model", "weight", "timeoutSec", "mirrorTo"] as const) {
      if (found[key] !== one[key]) return `${name(one)} has ${key} ${String(found[key])}, not ${String(one[key])}`;
    }
  }
  const extra = runs.deployments.find((one) => find(wanted, one).length === 0);
  if (extra) return `${name(extra)} is still there`;
  for (const group of new Set([...Object.keys(wanted.fallbacks), ...Object.keys(runs.fallbacks)])) {
    const [want, has] = [wanted.fallbacks[group]?.join(", ") ?? "none", runs.fallbacks[group]?.join(", ") ?? "none"];
    if (want !== has) return `the fallbacks of ${group} are ${has}, not ${want}`;
  }
  return null;
}
