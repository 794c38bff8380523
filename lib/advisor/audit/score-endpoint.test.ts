import { describe, expect, it } from "vitest";
import { events, inputOf } from "../detectors/testing";
import { auditWorkload, scoreEndpoint } from "./score-endpoint";

const score = (list: ReturnType<typeof events>, waitMs: number | null = null, callsPerAction: number | null = null) =>
  scoreEndpoint("chat", null, list, { share: 1, waitMs, callsPerAction });

describe("scores of an endpoint", () => {
  it("repetition: 90 of 100 requests are one of ten questions asked before", () => {
    const { repetition } = score(events(100, (index) => ({ occurredAt: index * 60_000, requestHash: `q${index % 10}` })));
    expect(repetition.value).toBe(90);
    expect(repetition.because).toContain("90 % more are identical to one of the same day");
    expect(score(events(100)).repetition.value).toBe(0);
    expect(score(events(100, () => ({ requestHash: null }))).repetition).toMatchObject({ value: null });
  });

  it("repetition: the same beginning within five minutes counts half", () => {
    const { repetition } = score(events(100, (index) => ({ occurredAt: index * 60_000, prefixHash: "p" })));
    expect(repetition.value).toBe(50);
  });

  it("complexity: 4,000 tokens in and 500 out of one length are 30 of 100, a word is next to nothing", () => {
    // 30 · 4,000 ÷ 8,000 + 30 · 500 ÷ 1,000 + 0 + 0.
    const hard = score(events(100, () => ({ meters: { input: 4_000, output: 500 } }))).complexity;
    expect(hard.value).toBe(30);
    // 30 · 800 ÷ 8,000.
    expect(score(events(100, () => ({ meters: { input: 800, output: 1 } }))).complexity.value).toBe(3);
  });

  it("complexity: ten calls an action and reasoning add 25", () => {
    const list = events(100, () => ({ meters: { input: 800, output: 1, reasoning: 1 } }));
    expect(score(list, null, 10).complexity.value).toBe(28);
  });

  it("latency: streamed, interactive and used at once is 100; a batch that nobody looks at for ten minutes is 0", () => {
    expect(
      score(
        events(100, () => ({ stream: true })),
        5_000,
      ).latencySensitivity.value,
    ).toBe(100);
    expect(
      score(
        events(100, () => ({ lane: "batch" })),
        600_000,
      ).latencySensitivity.value,
    ).toBe(0);
    // 30 for the lane, 10 for a use after 77 s, half way between 10 s and 600 s on a scale of factors.
    expect(score(events(100), 77_460).latencySensitivity.value).toBe(40);
  });

  it("too little says nothing, and suggests nothing", () => {
    const row = score(events(20));
    expect([row.repetition.value, row.complexity.value, row.latencySensitivity.value]).toEqual([null, null, null]);
    expect(row.suggests).toEqual([]);
  });

  it("one row for all and one for each tenant, counts scaled up from the sample", () => {
    const input = inputOf({ events: [...events(60), ...events(60, () => ({ tenant: "globex" }))] });
    const rows = auditWorkload({ ...input, sample: { ...input.sample, share: 0.5 } });
    expect(rows.map(({ tenant, requests, tenants }) => [tenant, requests, tenants])).toEqual([
      [null, 240, ["acme", "globex"]],
      ["acme", 120, ["acme"]],
      ["globex", 120, ["globex"]],
    ]);
  });
});
