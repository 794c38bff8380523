/** A playbook over a real database: what it reads, whose it shows, and what a pool or a change makes of a step. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type TenantScope } from "@/lib/auth/actor";
import { policyKey } from "@/lib/changes/describe/policy-edits";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { applyRollups } from "@/lib/metrics/apply-rollups";
import { buildRollupDeltas } from "@/lib/metrics/build-deltas";
import { insertRawEvents, randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import type { RatedEvent } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { gpuPool } from "../findings/finding";
import { seedFinding } from "../findings/testing";
import { getPlaybook } from "./get-playbook";

let db: TestDatabase;
const NOW = new Date("2026-11-20T12:00:00Z");
const as = (
  tenants: TenantScope = "all",
): { actor: Actor; db: TestDatabase; now: Date; log: ReturnType<typeof createLogger> } => ({
  actor: { ...SYSTEM_ACTOR, tenants },
  db,
  now: NOW,
  log: createLogger("test"),
});
const usd = (amount: number) => BigInt(amount) * 1_000_000_000n;
const stepOf = async (endpoint: string, step: string, tenants: TenantScope = "all") =>
  (await getPlaybook(as(tenants))).endpoints.find((one) => one.endpoint === endpoint)?.steps.find(({ id }) => id === step);

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  const random = seededRandom(3);
  const event = (endpoint: string, pool: string | null): RatedEvent => ({
    ...randomRatedEvent(random, `${endpoint}-${pool}`, NOW.getTime() - 86_400_000),
    tenant: "acme",
    endpoint,
    pool,
    final: true,
    shadow: false,
    status: "success",
    cacheLayer: "none",
    cacheHit: false,
  });
  const events = [event("chat", null), event("docs", "llama"), event("code", "qwen")];
  await withTransaction(db.pool, async (client) => {
    await insertRawEvents(client, events);
    await applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now: NOW });
  });
  await db.prisma.advisorRun.create({
    data: { status: "done", total: 1, requestedById: "t", requestedByName: "T", createdAt: NOW, endedAt: NOW, summary: {} },
  });
});
afterAll(() => db.close());

it("shows a pool's finding at the endpoint that the pool serves, and at no other; not to whoever is limited", async () => {
  const parts = [{ pool: gpuPool("llama"), low: 0.3, high: 0.5 }];
  const id = await seedFinding(as(), "acme", {
    lever: "quantization",
    scope: { pool: "llama" },
    title: "llama runs 16-bit weights",
    parts,
  });
  expect(await stepOf("docs", "quantize")).toMatchObject({
    state: "not_started",
    because: "llama runs 16-bit weights, which serves it.",
    findingIds: [id],
  });
  expect(await stepOf("code", "quantize")).toMatchObject({ state: "nothing_found" });
  expect(await stepOf("chat", "quantize")).toMatchObject({ state: "nothing_found" });
  expect(await stepOf("docs", "quantize", ["acme"])).toMatchObject({ state: "nothing_found", findingIds: [] });
});

it("knows a change that no finding proposed: under way, then verified when the ledger says that it saves", async () => {
  const edit = { kind: "caching" as const, scope: { level: "endpoint" as const, value: "chat" } };
  const { id, number } = await db.prisma.change.create({
    data: {
      title: "Cache chat",
      rationale: "For the test",
      status: "executing",
      since: NOW,
      content: {
        diff: { [policyKey(edit)]: { ...edit, document: { exact: { enabled: true } } } },
        baseVersions: {},
        guardrails: [],
      },
      contentHash: "h",
      authorId: "ada",
      authorName: "Ada",
      contributors: ["ada"],
      quorum: 1,
      restartClass: "instant",
      restoreSec: 5,
      blastDomains: [],
      tenants: ["*"],
      createdAt: NOW,
      ledger: {
        create: {
          contentHash: "h",
          pricesAt: NOW,
          estimatedAt: NOW,
          estimateLowNanoUsd: usd(30),
          estimateHighNanoUsd: usd(40),
          estimateBasis: "A test.",
        },
      },
    },
  });
  expect(await stepOf("chat", "cache")).toMatchObject({ state: "in_change", changeId: id });
  await db.prisma.change.update({ where: { id }, data: { status: "promoted" } });
  expect(await stepOf("chat", "cache")).toMatchObject({ state: "nothing_found" });
  // Ten days of thirty: a third of $30 was promised, $9 were surely saved.
  await db.pool.query(
    `insert into ledger_measurement (change_id, from_at, to_at, method, final, saving_nano_usd, low_nano_usd, high_nano_usd, booked_nano_usd,
       share, low_share, high_share, treated_successes, control_successes, owned, measured_at)
     values ($1, $2, $3, 'split', true, $4, $4, $4, $4, 0.4, 0.3, 0.5, 40, 40, 0, $3)`,
    [id, new Date(NOW.getTime() - 10 * 86_400_000), NOW, String(usd(9))],
  );
  expect(await stepOf("chat", "cache")).toMatchObject({
    state: "verified",
    because: `Change #${number}, Cache chat: the ledger says that it saves.`,
  });
  // The next step is expected to fall short as the one before did: $20 of $100 a month, at nine tenths.
  await seedFinding(as(), "acme", { lever: "output_cap", scope: { endpoint: "chat" }, title: "No cap" });
  const chat = (await getPlaybook(as())).endpoints.find(({ endpoint }) => endpoint === "chat")!;
  expect(chat.bookedUsd).toBe("9");
  expect(chat.next).toMatchObject({ stepId: "tokens", worth: true });
  expect(chat.next!.why).toBe(
    "It saves $20.00 or more in 30 days. Earlier steps surely saved $9.00 of the $10.00 that they promised at least, so $18.00 is expected.",
  );
});

it("counts what it shows, and leaves out what is gone", async () => {
  const { endpoints, counts } = await getPlaybook(as());
  expect(endpoints.map(({ endpoint, pools }) => [endpoint, pools]).toSorted()).toEqual([
    ["chat", []],
    ["code", ["qwen"]],
    ["docs", ["llama"]],
  ]);
  expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBe(3 * 5);
  await db.pool.query("update advisor_finding set state = 'gone' where lever = 'quantization'");
  expect(await stepOf("docs", "quantize")).toMatchObject({ state: "nothing_found" });
});
