import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "@/lib/time";
import type { Detection } from "../findings/finding";
import { LEVER_IDS, type LeverId } from "../findings/levers";
import { DETECTORS, detectAll } from "./detect-all";
import type { AdvisorInput } from "./input";
import { endpointRow, events, FROM, hours, inputOf, layer, pool, USD } from "./testing";

const ENDPOINT = { level: "endpoint", value: "chat" } as const;
const target = (model: string, weight: number) => ({ upstream: "up", model, weight });
const route = (more: object = {}) =>
  layer(
    { level: "global", value: null },
    { routing: { routes: { "chat-default": { targets: { large: target("large", 1), small: target("small", 0) }, ...more } } } },
  );

/** Ten questions, each asked again every few minutes. */
const repeats = (endpoint = "chat") => events(2_000, (index) => ({ endpoint, requestHash: `q${index % 10}`, prefixHash: null }));

interface Pair {
  fires: AdvisorInput;
  quiet: Record<string, AdvisorInput>;
  expect?: (detection: Detection) => void;
}

const near = (value: number, expected: number) => expect(value).toBeCloseTo(expected, 2);

const PAIRS: Record<LeverId, Pair> = {
  exact_cache: {
    fires: inputOf({ events: repeats() }),
    quiet: {
      "every question once": inputOf({ events: events(2_000) }),
      "a cache is on": inputOf({ events: repeats(), layers: [layer(ENDPOINT, { caching: { exact: { enabled: true } } })] }),
      personalised: inputOf({ events: repeats(), layers: [layer(ENDPOINT, { caching: { traits: { personalised: true } } })] }),
      "each tenant asks once": inputOf({ events: events(2_000, (index) => ({ tenant: `t${index}`, requestHash: "q" })) }),
    },
    expect: ({ remedy, parts }) => {
      // 2,000 in a week: one every 5.04 minutes, the same every 50.4. Kept an hour: after each answer the next is a hit.
      expect(remedy).toMatchObject({ edits: [{ kind: "caching", patch: { exact: { enabled: true, scope: "tenant" } } }] });
      expect(parts[0]!.high).toBeGreaterThan(0.45);
    },
  },
  output_cap: {
    // 90 answers of 200 tokens to 10 of 8,000: cut at 500, what is beyond is 10 × 7,500 × 15,000 of the cost.
    fires: inputOf({ events: events(1_000, (index) => ({ meters: { output: index % 10 === 0 ? 8_000 : 200 } })) }),
    quiet: {
      "answers of one length": inputOf({ events: events(1_000, (index) => ({ meters: { output: 150 + (index % 100) } })) }),
      "already capped": inputOf({
        events: events(1_000, (index) => ({ meters: { output: index % 10 === 0 ? 900 : 200 } })),
        layers: [layer(ENDPOINT, { tokens: { maxOutputTokens: 900 } })],
      }),
    },
    expect: ({ remedy, parts, quality }) => {
      expect(remedy).toMatchObject({ edits: [{ kind: "tokens", patch: { maxOutputTokens: 500 } }] });
      // 100 × 7,500 × 15,000 ÷ (1,000 × 1,000 × 3,000 + (900 × 200 + 100 × 8,000) × 15,000) = 11.25 ÷ 17.7
      near((parts[0]!.low + parts[0]!.high) / 2, 11.25 / 17.7);
      expect(quality).toContain("10 % of the answers would be cut");
    },
  },
  right_size: {
    fires: inputOf({ events: events(500, () => ({ meters: { output: 4 } })), layers: [route()] }),
    quiet: {
      "long answers": inputOf({ events: events(500), layers: [route()] }),
      "already small": inputOf({
        events: events(500, () => ({ modelServed: "small", meters: { output: 4 } })),
        layers: [route()],
      }),
      "the small one does worse": inputOf({
        events: events(500, () => ({ meters: { output: 4 } })),
        layers: [route()],
        quality: [
          { endpoint: "chat", model: "large", outcomes: 100, good: 95 },
          { endpoint: "chat", model: "small", outcomes: 100, good: 80 },
        ],
      }),
    },
    expect: ({ remedy, parts, confidence }) => {
      expect(remedy).toMatchObject({
        edits: [
          { kind: "routing", patch: { routes: { "chat-default": { targets: { large: { weight: 0 }, small: { weight: 1 } } } } } },
        ],
      });
      // (1,000 × 3,000 + 4 × 15,000) → (1,000 × 400 + 4 × 1,600): 13.3 % of it.
      near(parts[0]!.high, 1 - 406_400 / 3_060_000);
      expect(confidence).toBe("medium");
    },
  },
  small_model_first: {
    fires: inputOf({
      events: [...events(500), ...events(300, () => ({ tenant: "globex", modelServed: "small", route: "chat-small" }))],
      layers: [route()],
      quality: [
        { endpoint: "chat", model: "large", outcomes: 200, good: 176 },
        { endpoint: "chat", model: "small", outcomes: 200, good: 174 },
      ],
    }),
    quiet: {
      "the small one does worse": inputOf({
        events: [...events(500), ...events(300, () => ({ tenant: "globex", modelServed: "small" }))],
        quality: [
          { endpoint: "chat", model: "large", outcomes: 200, good: 190 },
          { endpoint: "chat", model: "small", outcomes: 200, good: 160 },
        ],
      }),
      "nobody measured": inputOf({
        events: [...events(500), ...events(300, () => ({ tenant: "globex", modelServed: "small" }))],
      }),
    },
  },
  token_reduction: {
    fires: inputOf({ events: events(500), endpoints: [endpointRow("chat", { inputP50: 1_250, inputP95: 2_600 })] }),
    quiet: {
      "as long as it was": inputOf({ events: events(500) }),
      "no traffic before": inputOf({
        events: events(500),
        endpoints: [endpointRow("chat", { inputP50: 1_250, inputP95: 2_600, inputP50Before: 1_000, requestsBefore: 5 })],
      }),
    },
    expect: ({ parts }) => {
      // A fifth of the input, which is 3,000 of 6,000 a request.
      near(parts[0]!.high, 0.2 * 0.5);
    },
  },
  retrieval_cache: {
    fires: inputOf({
      events: events(1_000, (index) => ({ modelServed: "embed", meters: { output: 0 }, requestHash: `t${index % 40}` })),
    }),
    quiet: {
      "every text once": inputOf({ events: events(1_000, () => ({ modelServed: "embed", meters: { output: 0 } })) }),
      "a cache is on": inputOf({
        events: events(1_000, (index) => ({ modelServed: "embed", meters: { output: 0 }, requestHash: `t${index % 40}` })),
        layers: [layer(ENDPOINT, { caching: { retrieval: { enabled: true } } })],
      }),
    },
  },
  semantic_cache: {
    // As the gateway says it while it only watches (threshold 1): near ones by their similarity, the others without.
    fires: inputOf({
      events: events(500, (index) => ({ cacheLayer: "semantic", similarity: index % 5 === 0 ? 0.98 : null })),
      layers: [layer(ENDPOINT, { caching: { semantic: { enabled: true, threshold: 1, borderline: 0.9 } } })],
    }),
    quiet: {
      "one in a hundred is alike": inputOf({
        events: events(500, (index) => ({ cacheLayer: "semantic", similarity: index % 100 === 0 ? 0.98 : null })),
      }),
      "nothing alike": inputOf({ events: events(500, () => ({ cacheLayer: "semantic", similarity: 0.7 })) }),
      "high stakes": inputOf({
        events: events(500, (index) => ({ cacheLayer: "semantic", similarity: index % 5 === 0 ? 0.98 : 0.7 })),
        layers: [layer(ENDPOINT, { caching: { traits: { highStakes: true } } })],
      }),
      "no similarity is known": inputOf({ events: events(500) }),
      // What a gateway says whose cache is on at 0.97: near ones below it, and hits, which cost nothing any more.
      "a cache answers them": inputOf({
        events: events(500, (index) => ({
          cacheLayer: "semantic",
          similarity: index % 5 === 0 ? 0.96 : 0.985,
          cacheHit: index % 5 !== 0,
        })),
        layers: [layer(ENDPOINT, { caching: { semantic: { enabled: true, borderline: 0.9 } } })],
      }),
      "stricter on purpose": inputOf({
        events: events(500, (index) => ({ cacheLayer: "semantic", similarity: index % 5 === 0 ? 0.98 : 0.7 })),
        layers: [layer(ENDPOINT, { caching: { semantic: { enabled: true, threshold: 0.99, borderline: 0.9 } } })],
      }),
    },
    expect: ({ remedy, parts, statement }) => {
      expect(statement).toContain("100 of 500 lookups");
      expect(remedy.kind).toBe("task");
      // A fifth of the spend, and at worst half of it.
      expect(parts[0]!.high).toBeGreaterThanOrEqual(0.2);
      expect(parts[0]!.high).toBeLessThan(0.25);
      expect(parts[0]!.low).toBeLessThanOrEqual(0.1);
    },
  },
  prompt_caching: {
    // Every 3 minutes the same 2,000 tokens of 6,000 at the beginning, never read from a cache but once in twenty.
    fires: inputOf({
      events: events(3_360, (index) => ({
        prefixHash: "p",
        meters: index % 20 === 0 ? { input: 4_000, cacheRead: 2_000 } : { input: 6_000 },
      })),
    }),
    quiet: {
      "read from the cache": inputOf({
        events: events(3_360, () => ({ prefixHash: "p", meters: { input: 2_000, cacheRead: 4_000 } })),
      }),
      "too far apart": inputOf({ events: events(500, () => ({ prefixHash: "p", meters: { input: 6_000 } })) }),
      "no prefix is known": inputOf({ events: events(3_360) }),
    },
  },
  batch_lane: {
    fires: inputOf({
      events: events(500),
      waits: [{ endpoint: "chat", medianMs: 90 * MINUTE_MS, observations: 400 }],
      layers: [route()],
    }),
    quiet: {
      "used at once": inputOf({ events: events(500), waits: [{ endpoint: "chat", medianMs: MINUTE_MS, observations: 400 }] }),
      streamed: inputOf({
        events: events(500, () => ({ stream: true })),
        waits: [{ endpoint: "chat", medianMs: 90 * MINUTE_MS, observations: 400 }],
      }),
      "in the lane and priced as a batch": inputOf({ events: events(500, () => ({ lane: "batch", batch: true })) }),
    },
    expect: ({ parts, remedy }) => {
      expect(parts[0]).toMatchObject({ low: 0.5, high: 0.5 });
      expect(remedy).toMatchObject({
        edits: [{ kind: "batching" }, { kind: "routing", patch: { routes: { "chat-default": { lane: "batch" } } } }],
      });
    },
  },
  continuous_batching: {
    fires: inputOf({ pools: [pool({ hours: hours(() => ({ runningBatch: 0.65, queueDepth: 2 })), policy: { maxNumSeqs: 1 } })] }),
    quiet: {
      "batches run": inputOf({ pools: [pool()] }),
      "nobody calls it": inputOf({
        pools: [pool({ utilization: 0.01, hours: hours(() => ({ utilization: 0.01, runningBatch: 0.01 })) })],
      }),
    },
  },
  quantization: {
    fires: inputOf({
      events: events(300, (index) => ({
        pool: "llama",
        precision: "bf16",
        modelServed: "own",
        status: index % 30 === 0 ? "oom" : "success",
      })),
      pools: [pool({ hours: hours((hour) => (hour % 12 === 0 ? { kvCacheUsage: 0.98, preemptions: 9, queueDepth: 3 } : {})) })],
    }),
    quiet: {
      "room in the cache": inputOf({ pools: [pool()] }),
      "8 bits already": inputOf({
        pools: [pool({ policy: { quantization: "fp8" }, hours: hours(() => ({ kvCacheUsage: 0.98, preemptions: 9 })) })],
      }),
    },
    expect: ({ remedy }) => expect(remedy).toMatchObject({ edits: [{ kind: "engine", patch: { quantization: "fp8" } }] }),
  },
  retries: {
    // Every second request times out twice (each try costs as much) and then succeeds.
    fires: inputOf({
      events: Array.from({ length: 400 }, (_, index) => index).flatMap((index) =>
        events(index % 2 === 0 ? 3 : 1, (attempt) => ({
          requestId: `r${index}`,
          requestHash: `h${index}`,
          occurredAt: FROM + index * 25 * MINUTE_MS + attempt * 7_000,
          attempt: attempt + 1,
          final: attempt === (index % 2 === 0 ? 2 : 0),
          status: index % 2 === 0 && attempt < 2 ? "timeout" : "success",
          latencyMs: index % 2 === 0 && attempt < 2 ? 6_000 : 5_500,
        })),
      ),
      layers: [route({ timeoutMs: 6_000, retry: { attempts: 5, budgetPercent: 50 } })],
    }),
    quiet: {
      "a retry now and then": inputOf({
        events: events(1_000, (index) => (index % 50 === 0 ? { attempt: 2 } : {})),
        layers: [route()],
      }),
    },
    expect: ({ remedy, parts }) => {
      // 400 requests cost 200 × 3 + 200 × 1 = 800 tries; done right 400.
      near((parts[0]!.low + parts[0]!.high) / 2, 0.5);
      expect(remedy).toMatchObject({
        edits: [
          {
            scope: { level: "tenant", value: "acme" },
            patch: { routes: { "chat-default": { timeoutMs: 11_000, retry: { attempts: 2 } } } },
          },
        ],
      });
    },
  },
  capacity: {
    fires: inputOf({
      pools: [pool({ utilization: 0.05, hours: hours((hour) => ({ utilization: hour % 24 === 12 ? 0.2 : 0.03 })) })],
    }),
    quiet: {
      busy: inputOf({ pools: [pool()] }),
      "needed in the busiest hour": inputOf({
        pools: [pool({ utilization: 0.15, hours: hours((hour) => ({ utilization: hour % 24 === 12 ? 0.9 : 0.1 })) })],
      }),
      "requests wait": inputOf({
        pools: [pool({ utilization: 0.1, hours: hours((hour) => ({ utilization: 0.1, preemptions: hour === 9 ? 20 : 0 })) })],
      }),
      "at the warm floor": inputOf({
        pools: [pool({ nodes: 2, gpus: 2, utilization: 0.01, hours: hours(() => ({ utilization: 0.01 })) })],
      }),
    },
    expect: ({ parts }) => {
      // Busiest hour 20 % of 4 nodes: 0.8 ÷ 0.7 → 2; an hour twice as busy: 1.6 ÷ 0.7 → 3.
      expect(parts[0]).toMatchObject({ low: 0.25, high: 0.5 });
    },
  },
  speculative: {
    fires: inputOf({
      events: events(300, () => ({ pool: "llama", modelServed: "own", decodeMs: 900, latencyMs: 1_000 })),
      pools: [pool({ utilization: 0.3, hours: hours(() => ({ utilization: 0.3, kvCacheUsage: 0.2 })) })],
    }),
    quiet: {
      "no memory to spare": inputOf({
        events: events(300, () => ({ pool: "llama", modelServed: "own", decodeMs: 900, latencyMs: 1_000 })),
        pools: [pool({ utilization: 0.3, hours: hours(() => ({ utilization: 0.3, kvCacheUsage: 0.8 })) })],
      }),
      "waits for the prompt": inputOf({
        events: events(300, () => ({ pool: "llama", modelServed: "own", decodeMs: 200, latencyMs: 1_000 })),
        pools: [pool({ utilization: 0.3, hours: hours(() => ({ utilization: 0.3, kvCacheUsage: 0.2 })) })],
      }),
    },
    expect: ({ parts, method }) => {
      expect(parts).toEqual([]);
      expect(method).toContain("not a cost lever");
    },
  },
  instance: {
    fires: inputOf({
      events: events(300, (index) => ({ pool: "llama", modelServed: "own", lane: index % 10 === 0 ? "interactive" : "batch" })),
      pools: [pool()],
    }),
    quiet: {
      "people wait": inputOf({ events: events(300, () => ({ pool: "llama", modelServed: "own" })), pools: [pool()] }),
      "spot already": inputOf({
        events: events(300, () => ({ pool: "llama", modelServed: "own", lane: "batch" })),
        pools: [pool({ commitment: "spot" })],
      }),
    },
    expect: ({ parts }) => {
      // 3 of 4 nodes, 50–90 %.
      near(parts[0]!.low, 0.375);
      near(parts[0]!.high, 0.675);
    },
  },
  distillation: {
    fires: inputOf({
      events: events(500, () => ({ meters: { output: 4 } })),
      traffic: [{ ...inputOf({ events: events(1) }).traffic[0]!, requests: 14_000, costNanoUsd: 100n * USD }],
    }),
    quiet: {
      "a few a day": inputOf({ events: events(500, () => ({ meters: { output: 4 } })) }),
      "answers of all lengths": inputOf({
        events: events(500, (index) => ({ meters: { output: 50 + 10 * (index % 100) } })),
        traffic: [{ ...inputOf({ events: events(1) }).traffic[0]!, requests: 14_000, costNanoUsd: 100n * USD }],
      }),
    },
  },
  lane_split: {
    fires: inputOf({
      events: events(400, (index) => ({
        pool: "llama",
        modelServed: "own",
        ...(index % 2 ? { lane: "batch" as const, queueMs: 40_000 } : { queueMs: 900 }),
      })),
      pools: [pool()],
    }),
    quiet: {
      "one kind": inputOf({
        events: events(400, () => ({ pool: "llama", modelServed: "own", queueMs: 2_000 })),
        pools: [pool()],
      }),
      "nobody waits": inputOf({
        events: events(400, (index) => ({
          pool: "llama",
          modelServed: "own",
          lane: index % 2 ? "batch" : "interactive",
          queueMs: 5,
        })),
        pools: [pool()],
      }),
    },
  },
  self_host: {
    fires: inputOf({
      // A week of little work: 300 calls of 1,000 + 200 tokens are $0.22 at `small` and $1.80 at `large`, the GPUs are $700.
      events: [
        ...events(300, () => ({ pool: "llama", modelServed: "own" })),
        ...events(50),
        ...events(50, () => ({ modelServed: "small" })),
      ],
      pools: [pool()],
    }),
    quiet: {
      "GPUs that earn their keep": inputOf({
        events: [
          ...events(300, () => ({ pool: "llama", modelServed: "own", meters: { input: 1_000_000, output: 200 } })),
          ...events(50),
          ...events(50, () => ({ modelServed: "small" })),
        ],
        pools: [pool()],
      }),
    },
    expect: ({ parts, statement }) => {
      expect(statement).toContain("$0.22 at small and $1.80 at large");
      expect(parts[0]!.low).toBeCloseTo(1 - 1.8 / 700, 4);
    },
  },
};

describe.each(LEVER_IDS)("%s", (lever) => {
  const { fires, quiet, expect: check } = PAIRS[lever];
  it("is found where it is", () => {
    const found = DETECTORS[lever](fires);
    expect(found.map((detection) => detection.lever)).toEqual([lever]);
    const [detection] = found;
    expect(detection!.links.length).toBeGreaterThan(0);
    expect(detection!.numbers.length).toBeGreaterThan(0);
    for (const { low, high } of detection!.parts) expect(0 <= low && low <= high && high <= 1).toBe(true);
    check?.(detection!);
  });
  it.each(Object.keys(quiet))("is silent: %s", (name) => {
    expect(DETECTORS[lever](quiet[name]!)).toEqual([]);
  });
});

describe("all together", () => {
  it("a workspace without data has no findings", () => {
    expect(detectAll(inputOf())).toEqual([]);
  });

  it("duplicates are the exact cache's where that was found", () => {
    const input = inputOf({ events: repeats(), layers: [route()] });
    const traffic = input.traffic.map((row) => ({
      ...row,
      duplicates: row.requests / 2,
      costDuplicateNanoUsd: row.costNanoUsd / 2n,
    }));
    expect(DETECTORS.retries({ ...input, traffic }).map(({ scope }) => scope.step)).toEqual(["duplicates"]);
    const found = detectAll({ ...input, traffic });
    expect(found.map(({ lever }) => lever)).toEqual(["exact_cache"]);
    // $0.006 × 2,000 in a week is $51.43 in 30 days.
    expect(found[0]!.savingHighNanoUsd).toBeLessThan(51_430_000_000n);
    expect(found[0]!.savingLowNanoUsd).toBeGreaterThan(0n);
  });

  it("a pool whose nodes have been up for less than a day is not judged", () => {
    const young = pool({ utilization: 0, hours: hours(() => ({ utilization: 0 })).slice(0, 10) });
    expect(DETECTORS.capacity(inputOf({ pools: [young] }))).toEqual([]);
    expect(young.hours[9]!.at - FROM).toBe(9 * HOUR_MS);
  });
});

describe("a saving that evaporated", () => {
  const saving = (more: Partial<AdvisorInput["evaporated"][number]> = {}): AdvisorInput["evaporated"][number] => ({
    changeId: "c7",
    number: 7,
    title: "Cap chat",
    firstLowShare: 0.3,
    nowLowShare: 0.02,
    nowHighShare: 0.1,
    measured: { from: "", to: "" },
    edits: [{ kind: "tokens", scope: ENDPOINT, document: { maxOutputTokens: 100 } }],
    ...more,
  });
  const others = events(100, () => ({ endpoint: "other" }));
  const found = (more: Parameters<typeof saving>[0] = {}) =>
    detectAll(inputOf({ events: [...events(1_000), ...others], evaporated: [saving(more)] })).filter(
      ({ scope }) => scope.change !== undefined,
    );

  it("is a finding again, of what is surely saved no longer, on what its endpoint costs", () => {
    const [one, ...more] = found();
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      lever: "output_cap",
      scope: { endpoint: "chat", change: "#7" },
      key: "output_cap endpoint=chat change=#7",
      statement: '"Cap chat" surely saved 30 % of the cost at first, and at most 10 % in the newest week that was measured.',
      remedy: { kind: "task", link: { href: "/changes/c7" } },
    });
    // 1,000 × (1,000 × 3,000 + 200 × 15,000) = $6 a week, 180/7 in 30 days: 20 % and 28 % of it.
    expect(Number(one!.savingLowNanoUsd) / 1e9).toBeCloseTo((180 / 7) * 0.2, 4);
    expect(Number(one!.savingHighNanoUsd) / 1e9).toBeCloseTo((180 / 7) * 0.28, 4);
  });
  it("is not more than what was saved at first, where it costs more now", () => {
    const [one] = found({ nowLowShare: -0.4, nowHighShare: -0.1 });
    expect(Number(one!.savingHighNanoUsd) / 1e9).toBeCloseTo((180 / 7) * 0.3, 4);
  });
  it("pulls the lever of its edit", () => {
    const of = (kind: "caching" | "routing", document: Record<string, unknown>) =>
      found({ edits: [{ kind, scope: ENDPOINT, document }] })[0]?.lever;
    expect(of("caching", { semantic: { enabled: true } })).toBe("semantic_cache");
    expect(of("routing", { routes: { chat: { cascade: { first: "small" } } } })).toBe("small_model_first");
    expect(of("routing", { routes: { chat: { targets: {} } } })).toBe("right_size");
  });
  it("names no dollars for an engine, whose GPUs cost the same; none evaporated, none found", () => {
    expect(found({ edits: [{ kind: "engine", scope: { level: "pool", value: "llama" }, document: {} }] })).toEqual([]);
    expect(detectAll(inputOf({ events: events(1_000) })).filter(({ scope }) => scope.change !== undefined)).toEqual([]);
  });
});
