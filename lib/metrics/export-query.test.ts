import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { applyRollups } from "./apply-rollups";
import { buildRollupDeltas } from "./build-deltas";
import { exportQuery } from "./export-query";
import { randomRatedEvent, seededRandom } from "./testing";

let db: TestDatabase;
let ctx: Ctx;
const at = Date.parse("2026-11-20T10:00:00Z");
beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date(at + 3_600_000), log: createLogger("test") };
  const base = { ...randomRatedEvent(seededRandom(1), "1", at), final: true, shadow: false, status: "success" as const };
  const event = (id: string, endpoint: string, costNanoUsd: bigint, providerCostNanoUsd: bigint) => ({
    ...base,
    id,
    endpoint,
    providerCostNanoUsd,
    rating: { ...base.rating, costNanoUsd },
  });
  const events = [event("1", '=cmd|"x"!A1', 1_500_000_000n, 1_000_000_000n), event("2", "-2+3", 250_000_000n, 500_000_000n)];
  await withTransaction(db.pool, (client) =>
    applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now: ctx.now }),
  );
});
afterAll(() => db.close());

const query = {
  metrics: ["requests", "cost_usd", "cost_drift"],
  groupBy: ["endpoint" as const],
  from: "2026-11-20T00:00:00Z",
  to: "2026-11-21T00:00:00Z",
  orderBy: { metric: "cost_usd" },
};

describe("CSV of a query", () => {
  it("defuses formulas in names and leaves negative numbers alone", async () => {
    // Drift: (1 − 1.5) ÷ 1 = −0.5; (0.5 − 0.25) ÷ 0.5 = 0.5.
    expect(await new Response(await exportQuery(ctx, query)).text()).toBe(
      `endpoint,requests,cost_usd,cost_drift\r\n"'=cmd|""x""!A1",1,1.5,-0.5\r\n'-2+3,1,0.25,0.5\r\n`,
    );
  });

  it("has bucket columns, and the comparison beside each number", async () => {
    const text = await new Response(
      await exportQuery(ctx, {
        ...query,
        metrics: ["requests"],
        groupBy: [],
        grain: "day",
        compare: "previous",
        orderBy: undefined,
      }),
    ).text();
    expect(text).toBe("bucket,partial,requests,requests_compare\r\n2026-11-20T00:00:00.000Z,true,2,\r\n");
  });

  it("is for analysts and reading keys", async () => {
    const viewer: Actor = { ...SYSTEM_ACTOR, kind: "user", role: "viewer" };
    await expect(exportQuery({ ...ctx, actor: viewer }, query)).rejects.toThrow(/role analyst/);
    const ingestKey: Actor = { ...SYSTEM_ACTOR, kind: "api_key", role: "viewer", scopes: ["ingest"] };
    await expect(exportQuery({ ...ctx, actor: ingestKey }, query)).rejects.toThrow(/scope "read"/);
    const readKey: Actor = { ...ingestKey, scopes: ["read"] };
    expect(await new Response(await exportQuery({ ...ctx, actor: readKey }, query)).text()).toContain("cost_usd");
  });
});
