import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { previewChange } from "@/lib/changes/store";
import { capOf, ctxOf, newGateways, newPerson } from "@/lib/changes/testing/workspace";
import { acceptUsage } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { ingestEvents } from "@/workers/ingest/ingest-events";

let db: TestDatabase;
const now = new Date();
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

describe("what a draft is told about its own rollout", () => {
  it("how small a harm would be seen at the traffic of the last hour, of the tenant that it is about", async () => {
    const ctx = ctxOf(db, await newPerson(db, "analyst"), now);
    await newGateways(db);
    // 60 a minute in the last half hour: 30 a minute over the hour.
    const items = Array.from({ length: 1_800 }, (_, n) => ({
      value: {
        id: `busy-${n}`,
        occurredAt: new Date(now.getTime() - 1_000 - n * 1_000).toISOString(),
        tenant: "busy",
        endpoint: "chat",
        provider: "openai",
        modelRequested: "gpt-4o",
        status: n % 10 === 0 ? "error" : "success",
        meters: { input: 100, output: 10 },
      },
    }));
    const { events } = acceptUsage(items, { now: now.getTime(), rawRetentionDays: 35, tenants: "all", apiKeyId: null }, true);
    expect(await ingestEvents({ db, log: ctx.log }, events)).toMatchObject({ stored: 1_800 });

    const edits = (tenant: string) => [{ ...capOf("", 50).edits[0]!, scope: { level: "tenant" as const, value: tenant } }];
    const { traffic, detectable } = await previewChange(ctx, { edits: edits("busy") });
    expect(traffic!.requestsPerMinute).toBeCloseTo(30, 0);
    // (1 + 5 + 25 + 50) ÷ 4 percent
    expect(traffic!.canaryShare).toBeCloseTo(0.2025, 4);
    const errors = detectable.filter(({ metric }) => metric === "error");
    expect(errors.map(({ worse }) => worse)).toEqual([1, 3, 9]);
    expect(errors.at(-1)!.caught).toBeGreaterThanOrEqual(errors[0]!.caught);
    expect(await previewChange(ctx, { edits: edits("silent") })).toMatchObject({ traffic: null, detectable: [] });
  });
});
