/** Content as the value of `x-portkey-config`: hosts and keys of this machine put in. Pure. Never to be logged. */
import type { PortkeyBranch, PortkeyContent, PortkeyLeaf } from "@/lib/policies/render/portkey";
import type { PortkeyConfig } from "./config";

type Env = Readonly<Record<string, string | undefined>>;

/** Routes in the order of `config.targets[…]` in Portkey's answers. */
export const routesOf = (content: PortkeyContent) => Object.keys(content.routes).sort();

export function configHeader(content: PortkeyContent, upstreams: PortkeyConfig["upstreams"], env: Env): string {
  const leaf = ({ upstream, ...said }: PortkeyLeaf) => {
    const { provider, baseUrl, apiKeyEnv } = upstreams[upstream]!;
    // Without a key Portkey would send "Bearer undefined".
    const api_key = (apiKeyEnv && env[apiKeyEnv]) || "none";
    return { provider, api_key, ...(baseUrl ? { custom_host: baseUrl } : {}), ...said };
  };
  const serve = (what: PortkeyBranch["serve"]) =>
    "strategy" in what ? { strategy: what.strategy, targets: what.targets.map(leaf) } : leaf(what);
  const routes = routesOf(content);
  const config = {
    strategy: {
      mode: "conditional",
      // oxlint-disable-next-line unicorn/no-thenable -- Portkey's own word; nobody awaits it
      conditions: routes.map((route) => ({ query: { "params.model": { $eq: route } }, then: route })),
    },
    targets: routes.map((name) => {
      const branches = content.routes[name]!;
      if (branches.length === 1) return { name, ...serve(branches[0]!.serve) };
      const targets = branches.map((branch) => ({ weight: branch.weight, ...serve(branch.serve) }));
      return { name, strategy: { mode: "loadbalance" }, targets };
    }),
  };
  // Headers are latin-1; JSON can say everything in ASCII.
  return JSON.stringify(config).replaceAll(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function upstreamsOf(content: PortkeyContent): string[] {
  const leaves = Object.values(content.routes).flatMap((branches) =>
    branches.flatMap(({ serve }) => ("strategy" in serve ? serve.targets : [serve])),
  );
  return leaves.map((leaf) => leaf.upstream);
}
