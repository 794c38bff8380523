/** The advisor on the demo fleet's own history: it finds what is planted there, and nothing where nothing is. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { actOnFinding, listFindings, runNext, startRun } from "@/lib/advisor/findings";
import type { FindingList, FindingView } from "@/lib/advisor/findings/schemas";
import { getAudit } from "@/lib/advisor/audit/get-audit";
import { createLogger } from "@/lib/log";
import { seedPolicies } from "@/lib/policies/store";
import { seedBasePriceBook } from "@/lib/pricing/seed";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { seedDemo } from "@/prisma/seed-demo";
import { makeCalendar } from "../simulator/calendar";
import { demoPolicies } from "../simulator/demo-policies";
import { POOLS } from "../simulator/fleet";
import { Fleet } from "../simulator/generate";
import { loadPiece, PIECE_MS } from "../simulator/load-history";
import { PLANTED } from "../simulator/recipes";

const NOW = new Date("2026-11-20T19:02:00Z");
/** Tuesday evening to Friday evening: enough to see everything, and loaded in seconds. */
const FROM = Date.parse("2026-11-17T19:00:00Z");
const TO = Date.parse("2026-11-20T19:00:00Z");

let db: TestDatabase;
let list: FindingList;
const ctx = () => ({ actor: SYSTEM_ACTOR, db, now: NOW, log: createLogger("test") });

beforeAll(async () => {
  db = await testDatabase({ max: 10 });
  await seedBasePriceBook(db, NOW);
  await seedDemo(db, `hr_${"k".repeat(43)}`, NOW);
  for (const { id, name, model, engine, gpuType, nodes } of POOLS) {
    const pool = { id, name, model, engine, simulated: true };
    await db.prisma.pool.upsert({ where: { id }, create: pool, update: pool });
    for (const node of nodes) {
      const row = { id: node, poolId: id, gpuType, gpuCount: 1, simulated: true };
      await db.prisma.node.upsert({ where: { id: node }, create: row, update: row });
    }
  }
  await seedPolicies(ctx(), demoPolicies());
  const fleet = new Fleet(makeCalendar(NOW.getTime(), 7));
  const deps = { db, log: createLogger("test"), apiKeyId: null, stopping: new AbortController().signal };
  for (let at = FROM; at < TO; at += PIECE_MS) await loadPiece(deps, fleet, at, Math.min(TO, at + PIECE_MS), at);
  await startRun(ctx());
  await runNext(ctx(), { leaseMs: 600_000 });
  list = await listFindings(ctx(), {});
}, 600_000);
afterAll(() => db.close());

const find = (lever: FindingView["lever"], scope: FindingView["scope"]) =>
  list.items.find(
    (item) =>
      item.lever === lever && Object.entries(scope).every(([key, value]) => item.scope[key as keyof typeof scope] === value),
  );

describe("the demo fleet", () => {
  it("has been looked at without failing", () => {
    expect(list.lastRun).toMatchObject({ status: "done", reason: null });
  });

  it.each([
    ["repeated prompts without a response cache", "exact_cache", { endpoint: PLANTED.repeatedPrompts }],
    ["an oversized model", "right_size", { endpoint: PLANTED.oversizedModel, model: "claude-sonnet-4-5" }],
    ["an idle pool", "capacity", { pool: PLANTED.idlePool }],
    ["uncapped output", "output_cap", { endpoint: PLANTED.uncappedOutput }],
    ["a retry storm", "retries", PLANTED.retryStorm],
    ["a 16-bit pool with KV pressure", "quantization", { pool: PLANTED.kvPressure.pool }],
  ] as const)("finds %s", (_, lever, scope) => {
    const found = find(lever, scope);
    expect(found).toMatchObject({ state: "open" });
    expect(Number(found!.savingHighUsd)).toBeGreaterThan(1);
    expect(Number(found!.savingLowUsd)).toBeLessThanOrEqual(Number(found!.savingHighUsd));
    expect(found!.links.length).toBeGreaterThan(0);
  });

  it("finds nothing on the clean endpoints", () => {
    const clean = list.items.filter(
      ({ scope: { endpoint, tenant } }) =>
        PLANTED.clean.includes(endpoint as never) ||
        (endpoint === PLANTED.retryStorm.endpoint && tenant !== PLANTED.retryStorm.tenant),
    );
    expect(clean).toEqual([]);
    expect(list.patterns.filter(({ subject }) => (PLANTED.clean as readonly string[]).includes(subject))).toEqual([]);
  });

  it("never promises more than is spent, and less than the findings add up to", () => {
    const { lowUsd, highUsd, spendUsd, naiveHighUsd } = list.total!;
    expect(Number(lowUsd)).toBeGreaterThan(0);
    expect(Number(lowUsd)).toBeLessThanOrEqual(Number(highUsd));
    expect(Number(highUsd)).toBeLessThan(Number(spendUsd));
    expect(Number(highUsd)).toBeLessThan(Number(naiveHighUsd));
    const adds = list.items.reduce((sum, { addsHighUsd }) => sum + Number(addsHighUsd), 0);
    expect(adds).toBeCloseTo(Number(highUsd), 4);
  });

  it.each([
    ["right_size", { endpoint: PLANTED.oversizedModel }, "gpt-4.1-mini"],
    ["exact_cache", { endpoint: PLANTED.repeatedPrompts }, "exact"],
    ["output_cap", { endpoint: PLANTED.uncappedOutput }, "maxOutputTokens"],
    ["retries", PLANTED.retryStorm, "retry"],
    ["quantization", { pool: PLANTED.kvPressure.pool }, "fp8"],
  ] as const)("drafts a valid change: %s", async (lever, scope, words) => {
    const { change } = await actOnFinding(ctx(), find(lever, scope)!.id, { action: "draft" });
    const row = await db.prisma.change.findUniqueOrThrow({ where: { id: change!.id } });
    expect(JSON.stringify(row.content)).toContain(words);
    expect(row).toMatchObject({ status: "draft", origin: expect.stringContaining("finding:") as string });
  });

  it("scores every endpoint: what repeats, what is simple, what nobody waits for", async () => {
    const { rows } = await getAudit(ctx());
    const of = (endpoint: string) => rows.find((row) => row.tenant === null && row.endpoint === endpoint)!;
    expect(of("kb.answer").repetition.value).toBeGreaterThan(of("support.chat").repetition.value!);
    expect(of("ticket.classify").complexity.value).toBeLessThan(25);
    expect(of("assistant.agent").complexity.value).toBeGreaterThan(of("ticket.classify").complexity.value!);
    expect(of("support.chat").latencySensitivity.value).toBeGreaterThan(80);
    expect(of("docs.summarize").latencySensitivity.value).toBeLessThan(35);
    expect(of("ticket.classify").suggests.join()).toContain("small model");
  });
});
