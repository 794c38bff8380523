import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx, type Role, type TenantScope } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { loadPriceBook } from "../load";
import { seedBasePriceBook } from "../seed";
import { findGpuRate, loadGpuRates } from "../gpu-rates";
import { createRule, importLitellm, listGpuRates, listRules, listUnpriced, setGpuRate, testMatch, withdrawRule } from "./index";

const NOW = new Date("2026-11-20T12:00:00Z");
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await seedBasePriceBook(db, new Date("2026-11-01T00:00:00Z"));
});
afterAll(() => db.close());

const ctx = (over: { role?: Role; tenants?: TenantScope; now?: Date } = {}): Ctx => ({
  actor: { ...SYSTEM_ACTOR, kind: "user", role: over.role ?? "admin", tenants: over.tenants ?? "all" },
  db,
  now: over.now ?? NOW,
  log: createLogger("test"),
});
const rule = (over: Record<string, unknown> = {}) => ({
  book: "workspace",
  provider: "openai",
  model: "gpt-4.1",
  prices: { input: { base: "1.60" }, output: { base: "6.40" } },
  note: "contract 7",
  ...over,
});
const sample = (over: Record<string, unknown> = {}) => testMatch(ctx(), { provider: "openai", model: "gpt-4.1", ...over });

describe("o3 and its price cut", () => {
  it.each([
    ["2025-06-09T23:59:59Z", "10", "50"],
    ["2025-06-10T00:00:00Z", "2", "10"],
  ])("at %s 1M input cost $%s, and with 1M output $%s in all", async (at, input, both) => {
    const match = await sample({ model: "o3", at });
    expect(match.costUsd).toBe(both);
    expect(match.lines[0]).toMatchObject({ meter: "input", quantity: 1_000_000, amountUsd: input });
    expect(match.tried.find(({ chosen }) => !chosen)?.why).toMatch(/^Not in effect then: (until|from) 2025-06-10/);
  });
});

describe("writing a price", () => {
  let first = 0;

  it("takes the place of the list price from its date on, and the match test says why", async () => {
    expect(await sample()).toMatchObject({
      state: "priced",
      costUsd: "10",
      why: expect.stringContaining("the list price of gpt-4.1"),
    });
    const made = await createRule(ctx(), rule({ effectiveFrom: "2026-12-01T00:00:00Z" }));
    first = made.rule.id;
    expect(made.rule).toMatchObject({ standing: "future", covers: "gpt-4.1", source: "contract 7" });
    expect((await sample()).costUsd).toBe("10");
    const later = await sample({ at: "2026-12-01T00:00:00Z", batch: true });
    // (1.60 + 6.40) × 0.5
    expect(later).toMatchObject({ costUsd: "4", why: expect.stringContaining(`Rule ${first}, the workspace price`) });
    expect(later.lines[0]).toMatchObject({ unitPriceUsd: "1.60", modifiers: [{ reason: "batch", factor: "0.5" }] });
    expect(later.tried.map(({ chosen }) => chosen)).toEqual([true, false]);
  });

  it("refuses a period that overlaps, and names the rule in the way", async () => {
    const overlapping = createRule(ctx(), rule({ model: "GPT-4.1", effectiveFrom: "2027-01-01T00:00:00Z" }));
    await expect(overlapping).rejects.toMatchObject({ code: "conflict", details: { members: { overlaps: [first] } } });
    await expect(overlapping).rejects.toThrow(
      `Rule ${first} already prices openai gpt-4.1 for the workspace from 2026-12-01 on (contract 7)`,
    );
    // A tenant's price, a pattern, another model and a period that ends before are no overlap.
    const { rule: ofTenant } = await createRule(ctx(), rule({ book: "tenant", tenantId: "globex", note: "globex" }));
    await createRule(ctx(), rule({ effectiveTo: "2026-11-10T00:00:00Z" }));
    expect(ofTenant.tenantId).toBe("globex");
    expect((await sample({ tenant: "globex" })).why).toContain("the price of this tenant");
  });

  it("lets a new price supersede an old one for its period only: the rest of the old one stays", async () => {
    const { rule: made, superseded } = await createRule(
      ctx(),
      rule({
        effectiveFrom: "2027-01-01T00:00:00Z",
        effectiveTo: "2027-02-01T00:00:00Z",
        prices: { input: { base: "1" }, output: { base: "5" } },
        supersedes: [first],
      }),
    );
    expect(superseded).toEqual([first]);
    const cost = async (at: string) => (await sample({ at })).costUsd;
    expect(
      await Promise.all(
        ["2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2027-01-31T23:59:59Z", "2027-02-01T00:00:00Z"].map(cost),
      ),
    ).toEqual(["8", "6", "6", "8"]);
    // As it was known before: one rule from December on.
    const { items } = await listRules(ctx(), { book: "workspace", asKnownOn: "2026-11-20T11:59:59Z" });
    expect(items).toEqual([]);
    const now = await listRules(ctx(), { book: "workspace", standing: "future" });
    expect(now.items.map(({ id, effectiveFrom, effectiveTo }) => [id === made.id, effectiveFrom, effectiveTo])).toEqual([
      [true, "2027-01-01T00:00:00.000Z", "2027-02-01T00:00:00.000Z"],
      [false, "2027-02-01T00:00:00.000Z", null],
      [false, "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    ]);
    const gone = await listRules(ctx(), { standing: "superseded" });
    expect(gone.items.map(({ id }) => id)).toEqual([first]);
  });

  it("answers with the book as it was known at a date", async () => {
    const later = new Date("2026-11-25T00:00:00Z");
    const { rule: made } = await createRule(
      ctx(),
      rule({ model: "gpt-4o", prices: { input: { base: "2" }, output: { base: "8" } } }),
    );
    await withdrawRule(ctx({ now: later }), made.id, { note: "ended" });
    const ids = async (asKnownOn: string) =>
      (await listRules(ctx({ now: later }), { book: "workspace", q: "gpt-4o", asKnownOn })).items.map(({ id }) => id);
    expect(await ids("2026-11-20T11:00:00Z")).toEqual([]);
    expect(await ids("2026-11-24T00:00:00Z")).toEqual([made.id]);
    expect(await ids("2026-11-25T00:00:00Z")).toEqual([]);
    await expect(withdrawRule(ctx(), made.id, { note: "again" })).rejects.toThrow("superseded already");
  });

  it.each([
    [{ input: { base: "20" } }, /input \$2 → \$20/],
    [{ input: { base: "0.2" } }, /input \$2 → \$0\.2/],
    [{ input: { base: "4" }, modifiers: { discount: { input: "0.05" } } }, /input \$2 → \$0\.2/],
  ])("asks before a price that is 10 times off: %j", async (prices, words) => {
    const over = { model: "gpt-4.1", effectiveFrom: "2026-11-10T00:00:00Z", effectiveTo: "2026-11-11T00:00:00Z", prices };
    await expect(createRule(ctx(), rule(over))).rejects.toThrow(words);
    await expect(createRule(ctx(), rule(over))).rejects.toMatchObject({ code: "unprocessable", details: { field: "confirm" } });
    const { rule: made } = await createRule(ctx(), rule({ ...over, confirm: true }));
    await withdrawRule(ctx(), made.id, { note: "test" });
  });

  it("asks before a priced model becomes free, and not below 10 times", async () => {
    const over = { model: "gpt-4.1", effectiveFrom: "2026-11-10T00:00:00Z", effectiveTo: "2026-11-11T00:00:00Z" };
    await expect(createRule(ctx(), rule({ ...over, state: "free" }))).rejects.toThrow("input $2 → $0");
    const { rule: made } = await createRule(
      ctx(),
      rule({ ...over, prices: { input: { base: "19.99" }, cacheRead: { base: "0.6" }, output: { base: "79.99" } } }),
    );
    await withdrawRule(ctx(), made.id, { note: "test" });
  });

  it.each([
    [{ prices: { input: { base: "NaN" } } }, "must be a decimal"],
    [{ prices: { input: { base: "-1" } } }, "must be a decimal"],
    [{ prices: { input: { base: "1e9" } } }, "must be a decimal"],
    [{ prices: { input: { base: "1000001" } } }, "above $1,000,000"],
    [
      {
        prices: {
          input: {
            base: "1",
            tiers: [
              { start: 5, price: "2" },
              { start: 5, price: "3" },
            ],
          },
        },
      },
      "must rise",
    ],
    [{ prices: { input: { base: "1" }, modifiers: { batch: "11" } } }, "above 10"],
    [{ prices: {} }, "states no price"],
    [{ effectiveFrom: "2026-12-02T00:00:00Z", effectiveTo: "2026-12-01T00:00:00Z" }, "must be after"],
    [{ book: "base" }, "Invalid option"],
    [{ tenantId: "acme" }, "tenant"],
  ])("refuses %j", async (over, words) => {
    await expect(createRule(ctx(), rule({ model: "refused", ...over }))).rejects.toThrow(words);
  });

  it("is for admins of the whole workspace; a tenant's price is shown to those who may see the tenant", async () => {
    await expect(createRule(ctx({ role: "lead" }), rule())).rejects.toMatchObject({ code: "forbidden" });
    await expect(createRule(ctx({ tenants: ["acme"] }), rule())).rejects.toMatchObject({ code: "forbidden" });
    await expect(listRules(ctx({ role: "viewer" }), {})).rejects.toMatchObject({ code: "forbidden" });
    const of = async (tenants: TenantScope) =>
      (await listRules(ctx({ role: "analyst", tenants }), { book: "tenant" })).items.length;
    expect([await of("all"), await of(["globex"]), await of(["acme"])]).toEqual([1, 1, 0]);
    await expect(
      testMatch(ctx({ role: "analyst", tenants: ["acme"] }), { model: "gpt-4.1", tenant: "globex" }),
    ).rejects.toMatchObject({ code: "not_found" });
    await expect(withdrawRule(ctx(), (await listRules(ctx(), { book: "base" })).items[0]!.id, { note: "x" })).rejects.toThrow(
      "List prices come with their book",
    );
  });
});

describe("pages of rules", () => {
  it("hold every base rule once", async () => {
    const seen: number[] = [];
    for (let before: number | null | undefined; before !== null;) {
      const page = await listRules(ctx(), { book: "base", limit: 400, ...(before ? { before } : {}) });
      seen.push(...page.items.map(({ id }) => id));
      before = page.next;
      expect(page.counts.base).toBeGreaterThan(1_600);
    }
    const { rows } = await db.pool.query<{ n: number }>("select count(*)::int as n from price_rule where book = 'base'");
    expect([seen.length, new Set(seen).size]).toEqual([rows[0]!.n, rows[0]!.n]);
  });
});

describe("the second book", () => {
  const file = (over: Record<string, unknown> = {}) =>
    JSON.stringify({
      sample_spec: { input_cost_per_token: 0 },
      "acme-ai/nova-1": {
        litellm_provider: "acme-ai",
        input_cost_per_token: 1.5e-7,
        output_cost_per_token: "6e-7",
        cache_read_input_token_cost: 7.5e-8,
        input_cost_per_token_above_200k_tokens: 3e-7,
      },
      "gpt-4.1": { litellm_provider: "openai", input_cost_per_token: 1, output_cost_per_token: 1 },
      "acme-ai/broken": { litellm_provider: "acme-ai", input_cost_per_token: "cheap" },
      "acme-ai/negative": { litellm_provider: "acme-ai", input_cost_per_token: -1e-7 },
      nobody: { input_cost_per_token: 1e-7 },
      "acme-ai/pictures": { litellm_provider: "acme-ai", input_cost_per_image: 0.04 },
      ...over,
    });

  it("keeps what it can read, reports the rest with its key, and prices what the base book does not", async () => {
    const result = await importLitellm(ctx(), file({ overflow: { litellm_provider: "x", input_cost_per_token: 1e300 } }));
    expect(result).toMatchObject({ imported: 2, unchanged: 0, superseded: 0, skipped: 1 });
    expect(result.problems).toEqual([
      { key: "acme-ai/broken", problem: "input_cost_per_token is not a number: cheap" },
      { key: "acme-ai/negative", problem: "input_cost_per_token is negative" },
      { key: "nobody", problem: "has no litellm_provider" },
      { key: "overflow", problem: "input_cost_per_token is above $1,000,000 per 1M tokens" },
    ]);
    const meters = { input: 100_000, cacheRead: 100_000, output: 10_000 };
    // 0.1 × $0.15 + 0.1 × $0.075 + 0.01 × $0.60; one token more re-prices the input at $0.30
    expect((await testMatch(ctx(), { provider: "acme-ai", model: "nova-1", meters })).costUsd).toBe("0.0285");
    expect(
      (await testMatch(ctx(), { provider: "acme-ai", model: "nova-1", meters: { ...meters, input: 100_001 } })).costUsd,
    ).toBe("0.0435003");
    // The base book knows gpt-4.1 and goes first.
    expect((await sample()).costUsd).toBe("10");
  });

  it("writes nothing the second time, and replaces what changed", async () => {
    expect(await importLitellm(ctx(), file())).toMatchObject({ imported: 0, unchanged: 2, superseded: 0 });
    const changed = { "acme-ai/nova-1": { litellm_provider: "acme-ai", input_cost_per_token: 2e-7 } };
    expect(await importLitellm(ctx(), file(changed))).toMatchObject({ imported: 1, unchanged: 1, superseded: 1 });
    await expect(importLitellm(ctx(), "{")).rejects.toThrow("This is not JSON");
    await expect(importLitellm(ctx(), '{"a":{"litellm_provider":"x"}}')).rejects.toThrow("nothing was imported");
  });
});

describe("GPU rates", () => {
  it("hold from their date on, by commitment; the default stays before it", async () => {
    await setGpuRate(ctx(), {
      gpuType: "NVIDIA H100 80GB HBM3",
      usdPerHour: "2.10",
      effectiveFrom: "2026-12-01T00:00:00Z",
      note: "contract",
    });
    await setGpuRate(ctx(), { gpuType: "H100", commitment: "reserved", usdPerHour: "1.80", note: "1 year" });
    const rates = await loadGpuRates(db);
    const at = (commitment: string, day: string) => Number(findGpuRate(rates, "H100", commitment, Date.parse(day))!.usdPerHour);
    expect([
      at("on-demand", "2026-11-30"),
      at("on-demand", "2026-12-01"),
      at("reserved", "2026-11-30"),
      at("spot", "2026-11-30"),
    ]).toEqual([3.5, 2.1, 1.8, 3.5]);
    const { items } = await listGpuRates(ctx({ role: "analyst" }));
    expect(
      items
        .filter(({ gpuType }) => gpuType === "H100")
        .map(({ commitment, usdPerHour, standing }) => [commitment, usdPerHour, standing]),
    ).toEqual([
      ["on-demand", "3.5", "in_force"],
      ["on-demand", "2.1", "future"],
      ["reserved", "1.8", "in_force"],
    ]);
  });

  it("ask before 10 times, and refuse what is no rate", async () => {
    const rate = (usdPerHour: string) => setGpuRate(ctx(), { gpuType: "L4", usdPerHour, note: "x" });
    await expect(rate("7.5")).rejects.toThrow("$0.75 → $7.5 an hour");
    await expect(rate("-1")).rejects.toThrow("must be dollars");
    await expect(rate("NaN")).rejects.toThrow("must be dollars");
    await expect(rate("10001")).rejects.toThrow("slip");
  });
});

describe("unpriced models", () => {
  it("are listed with counts, for the tenants one may see, with a list price of the same model to start from", async () => {
    const used = async (tenant: string, provider: string, model: string, pool: string, n: number) => {
      const { rows } = await db.pool.query<{ id: number }>(
        `insert into telemetry.series (key, tenant, provider, model_requested, model_served, pool)
         values (gen_random_uuid(), $1, $2, $3, $3, $4) returning id`,
        [tenant, provider, model, pool],
      );
      await db.pool.query(
        "insert into telemetry.rollup_hour (bucket, series_id, req_success, req_unpriced, tok_input) values ($1, $2, $3, $3, 50)",
        ["2026-11-19T00:00:00Z", rows[0]!.id, n],
      );
    };
    await used("acme", "my-proxy", "gpt-4o", "", 7);
    await used("globex", "my-proxy", "gpt-4o", "", 2);
    await used("globex", "vllm", "acme-70b", "pool-a", 5);
    const { items } = await listUnpriced(ctx({ role: "analyst" }), {});
    expect(
      items.map(({ model, requests, tenants, ownGpus, suggestion }) => [
        model,
        requests,
        tenants,
        ownGpus,
        suggestion?.from ?? null,
      ]),
    ).toEqual([
      ["gpt-4o", 9, 2, false, "gpt-4o (openai)"],
      ["acme-70b", 5, 1, true, null],
    ]);
    expect((await listUnpriced(ctx({ role: "analyst", tenants: ["acme"] }), {})).items.map(({ requests }) => requests)).toEqual([
      7,
    ]);
    expect(items[0]!.suggestion!.prices.input).toEqual({ base: "2.5", tiers: [] });
    // Priced by now: what is stored waits for a repricing, and says by which rule.
    const { rule: made } = await createRule(ctx(), rule({ provider: "self-hosted", model: "acme-70b" }));
    await loadPriceBook(db, { maxAgeMs: 0 });
    expect((await listUnpriced(ctx(), {})).items.map(({ pricedBy }) => pricedBy)).toEqual([null, made.id]);
  });
});
