import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx, type TenantScope } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { listPriceChanges } from "./list-price-changes";
import { seedBasePriceBook } from "./seed";

const NOW = new Date("2026-11-20T12:00:00Z");
const NOVEMBER = { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z" };
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
  await seedBasePriceBook(db, NOW);
  const override = (tenantId: string | null, model: string, input: string) => ({
    book: tenantId ? "tenant" : "workspace",
    tenantId,
    provider: "openai",
    model,
    match: { model: { equals: model } },
    prices: { input: { base: input, tiers: [] } },
    effectiveFrom: new Date("2026-11-05T12:00:00Z"),
    source: "contract",
  });
  await db.prisma.priceRule.createMany({
    data: [override(null, "gpt-4.1", "1.60"), override("globex", "gpt-4o", "2"), override(null, "gpt-4o-mini", "0.10")],
  });
  await used("acme", "gpt-4.1", "2026-11-10T00:00:00Z");
  await used("globex", "gpt-4o", "2026-11-10T00:00:00Z");
  // Long before: what it costs now concerns no chart of November.
  await used("acme", "gpt-4o-mini", "2026-08-01T00:00:00Z");
});
afterAll(async () => {
  await db.close();
});

let series = 0;
async function used(tenant: string, model: string, day: string): Promise<void> {
  const { rows } = await db.pool.query<{ id: number }>(
    `insert into telemetry.series (key, tenant, provider, model_requested, model_served)
     values (md5($1)::uuid, $2, 'openai', $3, $3) returning id`,
    [String((series += 1)), tenant, model],
  );
  await db.pool.query("insert into telemetry.rollup_day (bucket, series_id, req_success) values ($1, $2, 1)", [day, rows[0]!.id]);
}

const sentences = async (tenants: TenantScope, period = NOVEMBER) => {
  const ctx: Ctx = { actor: { ...SYSTEM_ACTOR, kind: "user", role: "viewer", tenants }, db, now: NOW, log: createLogger("test") };
  return (await listPriceChanges(ctx, period)).map(({ at, sentence }) => `${at.toISOString()} ${sentence}`);
};
const WORKSPACE = expect.stringMatching(
  /^2026-11-05T12:00:00.000Z gpt-4\.1 \(openai\): input \$2\.00 → \$1\.60, .*per 1M, workspace price$/,
) as string;
const OF_GLOBEX = expect.stringMatching(
  /^2026-11-05T12:00:00.000Z gpt-4o \(openai\): input \$2\.50 → \$2\.00, .*per 1M, price of tenant globex$/,
) as string;

it("finds changes of models in use among 1,700 list prices, each tenant's for those who may see the tenant", async () => {
  expect(await sentences("all")).toEqual([WORKSPACE, OF_GLOBEX]);
  expect(await sentences(["acme"])).toEqual([WORKSPACE]);
  expect(await sentences(["globex"])).toEqual([OF_GLOBEX]);
  expect(await sentences([])).toEqual([]);
});

it("looks at whole days for who used what, and at the instant for the change", async () => {
  expect(await sentences("all", { from: "2026-11-10T06:00:00Z", to: "2026-11-10T07:00:00Z" })).toEqual([]);
  expect(await sentences("all", { from: "2026-11-05T12:00:00Z", to: "2026-11-10T01:00:00Z" })).toHaveLength(2);
});

it("refuses a period that ends before it begins", async () => {
  await expect(sentences("all", { from: NOVEMBER.to, to: NOVEMBER.from })).rejects.toThrow("must be after");
});
