import { describe, expect, it } from "vitest";
import { blastDomainsOf } from "@/lib/policies/store/blast-domains";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { diffOf, editName, editsOf, tenantsOf } from "./policy-edits";
import { isFourBit, needsEvidence, restartClassOf } from "./restart";
import { planProblems, usualGuardrails, usualPlanOf } from "./usual";
import { usualPlan } from "../rollout/plan";
import type { PolicyEdit } from "../schemas";

const edit = (
  kind: PolicyEdit["kind"],
  level: PolicyEdit["scope"]["level"],
  value: string | null,
  document = {},
): PolicyEdit => ({
  kind,
  scope: { level, value },
  document,
  baseVersion: 3,
});
const target = (connector: "headroom-gateway" | "engine", name: string, environment: string, pool: string | null) => ({
  id: name,
  name,
  connector,
  environment,
  pool,
  capabilities: [],
  hardware: null,
  simulated: false,
  desiredHash: null,
});
const FLEET = [
  target("headroom-gateway", "gw-1", "production", null),
  target("headroom-gateway", "gw-2", "staging", null),
  target("engine", "gpu-1", "production", "llama"),
  target("engine", "gpu-2", "production", null),
];

describe("blastDomainsOf", () => {
  it.each([
    ["everybody", edit("tokens", "global", null), ["gateways:production", "gateways:staging"]],
    ["one environment", edit("tokens", "environment", "staging"), ["gateways:staging"]],
    ["an environment without a target", edit("tokens", "environment", "dev"), ["gateways:dev"]],
    ["a tenant: wherever it is served", edit("caching", "tenant", "acme"), ["gateways:production", "gateways:staging"]],
    ["a pool", edit("engine", "pool", "llama"), ["pool:llama"]],
    ["a node: its pool", edit("engine", "node", "gpu-1"), ["pool:llama"]],
    ["a node without a pool", edit("engine", "node", "gpu-2"), ["pool:gpu-2"]],
  ])("%s", (_, one, domains) => {
    expect(blastDomainsOf([one as PolicyRef], FLEET)).toEqual(domains);
  });
});

describe("the content of a change", () => {
  it("keeps edits by policy key, and gives them back", () => {
    const edits = [edit("engine", "pool", "llama", { quantization: "fp8" }), edit("tokens", "global", null)];
    const content = diffOf(edits);
    expect(Object.keys(content.diff)).toEqual(["engine/pool/llama", "tokens/global/"]);
    expect(content.baseVersions).toEqual({ "engine/pool/llama": 3, "tokens/global/": 3 });
    expect(content.scope).toEqual({ level: "several", value: null });
    expect(editsOf(content)).toEqual(edits);
    expect(edits.map(editName)).toEqual(["engine of pool llama", "tokens everywhere"]);
  });

  it("touches the tenants of its layers, or everybody", () => {
    expect(tenantsOf([edit("tokens", "tenant", "b"), edit("caching", "tenant", "a"), edit("batching", "tenant", "a")])).toEqual([
      "a",
      "b",
    ]);
    expect(tenantsOf([edit("tokens", "tenant", "b"), edit("tokens", "endpoint", "chat")])).toEqual(["*"]);
  });
});

describe("how hard it is to take back", () => {
  const beside = { capabilities: ["restartEngine", "sideBySide"] };
  it("a gateway at once, an engine warm when every one of them is replaced side by side", () => {
    expect(restartClassOf([edit("tokens", "global", null)], [])).toBe("instant");
    expect(restartClassOf([edit("engine", "pool", "llama")], [beside, beside])).toBe("warm");
    expect(restartClassOf([edit("engine", "pool", "llama")], [beside, { capabilities: [] }])).toBe("cold");
    // Nobody said that it can.
    expect(restartClassOf([edit("engine", "pool", "llama")], [])).toBe("cold");
  });

  it("asks for evidence when the answers change, and for two people when four bits are left", () => {
    const of = (before: object, after: object) =>
      [{ kind: "engine", before, after }] as unknown as Parameters<typeof isFourBit>[0];
    expect([isFourBit(of({}, { quantization: "awq" })), needsEvidence(of({}, { quantization: "awq" }))]).toEqual([true, true]);
    expect([isFourBit(of({}, { quantization: "fp8" })), needsEvidence(of({}, { quantization: "fp8" }))]).toEqual([false, true]);
    const same = of({ quantization: "awq" }, { quantization: "awq", maxNumSeqs: 64 });
    expect([isFourBit(same), needsEvidence(same)]).toEqual([false, false]);
  });
});

describe("what is usual", () => {
  it("gateways by traffic, engines and foreign gateways one by one", () => {
    const gateway = [edit("routing", "global", null)];
    expect(usualPlanOf(gateway, ["headroom-gateway"]).strategy).toBe("traffic");
    expect(usualPlanOf(gateway, ["headroom-gateway", "litellm"]).strategy).toBe("nodes");
    expect(usualPlanOf([edit("engine", "pool", "llama")], ["engine"]).strategy).toBe("nodes");
  });

  it("says what a plan cannot do", () => {
    const problems = (
      kind: PolicyEdit["kind"],
      connector: "engine" | "litellm" | "headroom-gateway",
      strategy: "traffic" | "nodes" | "all",
    ) => planProblems([edit(kind, "global", null)], [connector], usualPlan(strategy)).join();
    expect(problems("engine", "engine", "all")).toContain("choose nodes");
    expect(problems("engine", "engine", "traffic")).toContain("choose nodes");
    expect(problems("routing", "litellm", "traffic")).toContain("litellm cannot split");
    expect(problems("routing", "headroom-gateway", "all")).toContain("choose traffic");
    expect(problems("tokens", "headroom-gateway", "all")).toBe("");
    expect(problems("routing", "litellm", "nodes")).toBe("");
  });

  it("errors and cost always count; each metric once, with the stricter word", () => {
    for (const kind of ["routing", "caching", "tokens", "batching", "engine"] as const) {
      const guardrails = usualGuardrails([edit(kind, "global", null)]);
      const critical = guardrails.filter((one) => one.critical).map((one) => one.metric);
      expect(critical).toEqual(expect.arrayContaining(["error", "cost_per_successful_request"]));
    }
    const both = usualGuardrails([edit("routing", "global", null), edit("batching", "global", null)]);
    expect(both.filter(({ metric }) => metric === "slow")).toMatchObject([{ critical: true }]);
  });
});
