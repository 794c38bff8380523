import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { getPlaybook } from "../playbooks";
import {
  createBaseline,
  createCampaign,
  deleteBaseline,
  documentChoice,
  listBaselines,
  listCampaigns,
  listReviews,
  recordReview,
} from ".";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
});
afterAll(() => db.close());

const NOW = new Date("2026-11-20T12:00:00Z");
const actor = (role: Actor["role"], tenants: Actor["tenants"] = "all"): Actor => ({
  kind: "user",
  id: role,
  name: `The ${role}`,
  role,
  tenants,
});
const as = (who: Actor) => ({ actor: who, db, now: NOW, log: createLogger("test") });
const week = { from: "2026-11-10T00:00:00Z", to: "2026-11-17T00:00:00Z" };
const actions = async () => (await db.prisma.auditEvent.findMany({ orderBy: { seq: "asc" } })).map(({ action }) => action);

describe("baselines", () => {
  it("belong to those whose numbers are in them, are audited, and are deleted by leads", async () => {
    const { id } = await createBaseline(as(actor("analyst")), { name: "before caching", ...week });
    await createBaseline(as(actor("analyst", ["acme"])), { name: "acme's own", ...week });
    const names = async (who: Actor) => (await listBaselines(as(who))).map(({ name }) => name).sort();
    expect(await names(actor("viewer"))).toEqual(["acme's own", "before caching"]);
    expect(await names(actor("viewer", ["acme"]))).toEqual(["acme's own"]);
    expect(await names(actor("viewer", ["globex"]))).toEqual([]);
    await expect(
      createBaseline(as(actor("analyst", ["acme"])), { name: "theirs", scope: { tenant: "globex" }, ...week }),
    ).rejects.toThrow(/no tenant/);
    await expect(createBaseline(as(actor("viewer")), { name: "no", ...week })).rejects.toThrow(/analyst/);
    await expect(createBaseline(as(actor("analyst")), { name: "to come", ...week, to: "2027-01-01T00:00:00Z" })).rejects.toThrow(
      /over/,
    );
    await expect(deleteBaseline(as(actor("lead", ["acme"])), id)).rejects.toThrow(/no such baseline/);
    await deleteBaseline(as(actor("lead")), id);
    expect(await names(actor("viewer"))).toEqual(["acme's own"]);
    expect(await actions()).toEqual(["baseline.freeze", "baseline.freeze", "baseline.delete"]);
  });
});

describe("campaigns", () => {
  const campaign = {
    name: "Quarter of the cost",
    metric: "cost_per_request",
    startValue: "0.08",
    targetValue: "0.02",
    startsAt: "2026-11-01T00:00:00Z",
    endsAt: "2027-01-30T00:00:00Z",
    owner: "Ana",
  };
  it("say that nothing is measured yet, and refuse a metric that nobody knows", async () => {
    await createCampaign(as(actor("analyst")), campaign);
    const [first] = await listCampaigns(as(actor("viewer")));
    expect(first).toMatchObject({ startValue: "0.08", targetValue: "0.02", verdict: { standing: "no_data" }, changes: [] });
    expect(await listCampaigns(as(actor("viewer", ["acme"])))).toEqual([]);
    await expect(createCampaign(as(actor("analyst")), { ...campaign, metric: "magic" })).rejects.toThrow(/no such metric/);
  });
});

describe("reviews and choices", () => {
  it("a review is kept and the next one is due 90 days later", async () => {
    expect((await listReviews(as(actor("viewer")))).dueAt).toBe(NOW.toISOString());
    await recordReview(as(actor("lead")), { note: "First" });
    const { reviews, dueAt } = await listReviews(as(actor("viewer")));
    expect(reviews).toMatchObject([{ note: "First", by: "The lead", result: { hosting: null } }]);
    expect(dueAt).toBe("2027-02-18T12:00:00.000Z");
    expect((await listReviews(as(actor("viewer", ["acme"])))).reviews).toEqual([]);
  });
  it("an endpoint serves everybody: somebody limited to tenants cannot document it", async () => {
    const choice = {
      model: "small",
      outputCap: null,
      cache: "none" as const,
      latencyClass: "batch" as const,
      owner: "Lena",
      budgetUsd: null,
      why: "Good enough",
    };
    await documentChoice(as(actor("lead")), "kb.answer", choice);
    await expect(documentChoice(as(actor("lead", ["acme"])), "kb.answer", choice)).rejects.toThrow(/all tenants/);
    expect((await db.prisma.endpointChoice.findMany()).map(({ endpoint }) => endpoint)).toEqual(["kb.answer"]);
  });
  it("a playbook without any request has no endpoint", async () => {
    expect(await getPlaybook(as(actor("viewer")))).toMatchObject({ playbook: "A", endpoints: [] });
  });
});
