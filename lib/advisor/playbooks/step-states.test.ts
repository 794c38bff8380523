import { describe, expect, it } from "vitest";
import { nanoToUsd } from "@/lib/money";
import { LEVER_IDS } from "../findings/levers";
import { PLAYBOOKS, playbookOf } from "./orders";
import { nextStep, stepStates, type EndpointChange, type EndpointFacts, type EndpointFinding } from "./step-states";

const usd = (nano: bigint) => `$${nanoToUsd(nano)}`;
const dollars = (amount: number) => BigInt(amount) * 1_000_000_000n;
const found = (lever: EndpointFinding["lever"], state: EndpointFinding["state"], low = 100): EndpointFinding => ({
  id: `${lever}-${state}`,
  lever,
  state,
  title: `${lever} here`,
  savingLowNanoUsd: dollars(low),
  savingHighNanoUsd: dollars(low * 2),
  pool: null,
});
const facts = (...findings: EndpointFinding[]): EndpointFacts => ({
  endpoint: "kb.answer",
  requests: 10n,
  looked: true,
  findings,
  changes: [],
  hasBaseline: false,
  hasChoice: false,
  reviewed: false,
});
const states = (id: "A" | "D" | "rollout", given: EndpointFacts) =>
  Object.fromEntries(stepStates(playbookOf(id), given).map((step) => [step.id, step.state]));
const NOTHING = { bookedNanoUsd: 0n, estimatedLowNanoUsd: 0n };

describe("playbooks", () => {
  it("are the four published orders and the rollout of one endpoint", () => {
    expect(PLAYBOOKS.map(({ id, steps }) => [id, steps.map((step) => step.id).join(" ")])).toEqual([
      ["A", "measure tokens cache batch quantize"],
      ["B", "prompt-caching routing async batching quantize serving speculative"],
      ["C", "model cache quantize batch distil hardware"],
      ["D", "measure right-size batch quantize-cache route distil review"],
      ["rollout", "baseline tokens exact batch quantize governance"],
    ]);
  });
  it("know every lever of the advisor between them", () => {
    const used = new Set(PLAYBOOKS.flatMap(({ steps }) => steps.flatMap(({ levers }) => levers)));
    expect(LEVER_IDS.filter((lever) => !used.has(lever))).toEqual([]);
  });
});

describe("the steps of an endpoint", () => {
  it("follow its findings: open, in work, verified, nothing", () => {
    const given = facts(found("output_cap", "verified"), found("exact_cache", "in_change"), found("quantization", "open"));
    expect(states("A", given)).toEqual({
      measure: "verified",
      tokens: "verified",
      cache: "in_change",
      batch: "nothing_found",
      quantize: "not_started",
    });
  });
  it("a second finding reopens a step that one finding had verified", () => {
    expect(states("A", facts(found("output_cap", "verified"), found("retries", "open")))["tokens"]).toBe("not_started");
  });
  it("a change that no finding proposed counts: under way, and verified once it measurably saves", () => {
    const change = (state: EndpointChange["state"]): EndpointFacts => ({
      ...facts(),
      changes: [{ id: "c7", lever: "exact_cache", title: "Change #7, Cache", state }],
    });
    const cache = (given: EndpointFacts) => stepStates(playbookOf("A"), given).find(({ id }) => id === "cache");
    expect(cache(change("in_change"))).toMatchObject({ state: "in_change", changeId: "c7" });
    expect(cache(change("verified"))).toMatchObject({
      state: "verified",
      because: "Change #7, Cache: the ledger says that it saves.",
    });
    // Something left to gain reopens it.
    expect(cache({ ...change("verified"), findings: [found("semantic_cache", "open")] })?.state).toBe("not_started");
  });
  it("what is found about a pool that serves it is its own next step, and says whose saving it is", () => {
    const given = facts({ ...found("quantization", "open"), title: "llama-8b runs 16-bit weights", pool: "llama-8b" });
    expect(stepStates(playbookOf("A"), given).at(-1)).toMatchObject({
      state: "not_started",
      because: "llama-8b runs 16-bit weights, which serves it.",
    });
    expect(nextStep(playbookOf("A"), given, NOTHING, usd)?.why).toBe(
      "It saves $100 or more in 30 days. That is pool llama-8b as a whole, whatever it serves.",
    );
  });
  it("before the advisor has looked, nothing is said to be without gain", () => {
    expect(states("A", { ...facts(), looked: false })["cache"]).toBe("not_started");
  });
  it("baseline, governance and review are facts of their own", () => {
    expect(states("rollout", facts())).toMatchObject({ baseline: "not_started", governance: "not_started" });
    expect(states("rollout", { ...facts(), hasBaseline: true, hasChoice: true })).toMatchObject({
      baseline: "verified",
      governance: "verified",
    });
    expect(states("D", { ...facts(), reviewed: true })["review"]).toBe("verified");
  });
});

describe("is the next step worth it?", () => {
  it("yes, at $100 in 30 days", () => {
    expect(nextStep(playbookOf("A"), facts(found("exact_cache", "open")), NOTHING, usd)).toEqual({
      stepId: "cache",
      label: "Cache",
      worth: true,
      why: "It saves $100 or more in 30 days.",
    });
  });
  it("two findings of one step work on the same spend: the larger one counts, not their sum", () => {
    const given = facts(found("exact_cache", "open", 60), found("prompt_caching", "open", 100));
    expect(nextStep(playbookOf("A"), given, NOTHING, usd)?.why).toBe("It saves $100 or more in 30 days.");
  });
  it("earlier steps that saved a tenth of their promise take nine tenths off: $5 are $0.50, not worth it", () => {
    const measured = { bookedNanoUsd: dollars(10), estimatedLowNanoUsd: dollars(100) };
    const next = nextStep(playbookOf("A"), facts(found("exact_cache", "open", 5)), measured, usd);
    expect(next).toMatchObject({ worth: false });
    expect(next?.why).toContain("$0.5 is expected");
  });
  it("earlier steps that cost money leave nothing to expect", () => {
    const measured = { bookedNanoUsd: -dollars(10), estimatedLowNanoUsd: dollars(100) };
    expect(nextStep(playbookOf("A"), facts(found("exact_cache", "open")), measured, usd)?.worth).toBe(false);
  });
  it("there is none when all is verified, in work, or without gain", () => {
    expect(nextStep(playbookOf("A"), facts(found("exact_cache", "in_change")), NOTHING, usd)).toBeNull();
  });
  it("a baseline comes first in a rollout", () => {
    expect(nextStep(playbookOf("rollout"), facts(), NOTHING, usd)).toMatchObject({ stepId: "baseline", worth: true });
  });
});
