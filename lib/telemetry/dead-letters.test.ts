import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor, Ctx, Role, TenantScope } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { openQueues, type Queues } from "@/lib/queue";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { addDeadLetters, decodeEvents, INGEST_QUEUE, jobText, listDeadLetters, replayDeadLetter, type IngestJob } from "./index";

let database: TestDatabase;
let queues: Queues;
/** Every event that reached the queue, in order. */
const sent: { id: string; endpoint: string }[] = [];
let wake: () => void = () => undefined;

beforeAll(async () => {
  database = await testDatabase();
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  queues = openQueues({ databaseUrl: database.url });
  queues.worker<IngestJob>(INGEST_QUEUE, async ({ data }) => {
    for (const { id, endpoint } of decodeEvents(await jobText(data))) sent.push({ id, endpoint });
    wake();
  });
});
afterAll(async () => {
  await queues.close();
  await database.close();
});

async function sentUntil(count: number): Promise<void> {
  while (sent.length < count) await new Promise<void>((resolve) => (wake = resolve));
}

const ctx = (role: Role, tenants: TenantScope = "all"): Ctx => {
  const actor: Actor = { kind: "user", id: "00000000-0000-4000-8000-000000000001", name: "Ada", role, tenants };
  return { actor, db: database, now: new Date(), log: createLogger("test") };
};
const queue = () => queues.queue<IngestJob>(INGEST_QUEUE);

async function addLetter(
  seed: number,
  tenant: string | null,
  payload: unknown = nativeEvent(seed, { tenant: tenant ?? "acme" }),
) {
  await addDeadLetters(database.pool, [
    {
      receivedAt: Date.now(),
      source: "usage",
      code: seed % 2 ? "poison" : "conflict",
      field: null,
      reason: "for the test",
      eventId: `evt-${seed}`,
      tenant,
      payload,
      fingerprint: BigInt(seed),
    },
  ]);
  const { rows } = await database.pool.query<{ id: bigint }>("select id from telemetry.dead_letter where fingerprint = $1", [
    seed,
  ]);
  return rows[0]!.id.toString();
}

const auditCount = async () => database.prisma.auditEvent.count({ where: { action: "dead_letter.replay" } });

describe("dead letters", () => {
  it("are paged newest first and filtered; the tenant scope of a person holds", async () => {
    const ids: string[] = [];
    for (let seed = 1; seed <= 5; seed++) ids.push(await addLetter(seed, seed === 5 ? null : seed > 2 ? "globex" : "acme"));
    const newest = ids.toReversed();
    const first = await listDeadLetters(ctx("analyst"), { limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(newest.slice(0, 2));
    const second = await listDeadLetters(ctx("analyst"), { limit: 3, before: first.next! });
    expect(second.items.map(({ id }) => id)).toEqual(newest.slice(2));
    expect(second.next).toBeNull();
    const poison = await listDeadLetters(ctx("analyst"), { code: "poison" });
    expect(poison.items.map(({ eventId }) => eventId)).toEqual(["evt-5", "evt-3", "evt-1"]);
    const limited = await listDeadLetters(ctx("analyst", ["acme"]), {});
    expect(limited.items.map(({ tenant }) => tenant)).toEqual(["acme", "acme"]);
    expect((await listDeadLetters(ctx("analyst", []), {})).items).toEqual([]);
    await expect(listDeadLetters(ctx("viewer"), {})).rejects.toMatchObject({ code: "forbidden" });
  });

  it("are replayed once as they are, again only when edited, and every replay is audited", async () => {
    const id = await addLetter(10, "acme");
    const before = await auditCount();
    expect(await replayDeadLetter(ctx("admin"), queue(), { id })).toMatchObject({ id, status: "queued" });
    await sentUntil(1);
    expect(await replayDeadLetter(ctx("admin"), queue(), { id })).toMatchObject({ id, status: "already_replayed" });
    const payload = nativeEvent(10, { id: "another-id", endpoint: "edited" });
    expect(await replayDeadLetter(ctx("admin"), queue(), { id, payload })).toMatchObject({ status: "queued" });
    await sentUntil(2);
    expect(sent).toEqual([
      { id: "evt-00000010", endpoint: nativeEvent(10).endpoint },
      { id: "another-id", endpoint: "edited" },
    ]);
    expect(await auditCount()).toBe(before + 2);
    const [letter] = (await listDeadLetters(ctx("admin"), { state: "replayed" })).items;
    expect(letter).toMatchObject({ id, replayResult: "event another-id sent again" });
  });

  it("ten people pressing the button at once send one event", async () => {
    const id = await addLetter(11, "acme");
    const already = sent.length;
    const results = await Promise.all(Array.from({ length: 10 }, () => replayDeadLetter(ctx("admin"), queue(), { id })));
    expect(results.filter(({ status }) => status === "queued")).toHaveLength(1);
    await sentUntil(already + 1);
    expect((await queue().counts()).waiting).toBe(0);
    expect(sent.length).toBe(already + 1);
  });

  it("that are still wrong are refused with the field and stay open", async () => {
    const id = await addLetter(12, "acme", { ...nativeEvent(12), status: "ok" });
    const before = await auditCount();
    await expect(replayDeadLetter(ctx("admin"), queue(), { id })).rejects.toMatchObject({
      code: "unprocessable",
      details: { field: "status" },
    });
    expect(await auditCount()).toBe(before);
    expect((await listDeadLetters(ctx("admin"), { state: "open" })).items.map((item) => item.id)).toContain(id);
  });

  it("need an admin, and do not exist outside the admin's tenants", async () => {
    const id = await addLetter(13, "globex");
    await expect(replayDeadLetter(ctx("lead"), queue(), { id })).rejects.toMatchObject({ code: "forbidden" });
    await expect(replayDeadLetter(ctx("admin", ["acme"]), queue(), { id })).rejects.toMatchObject({ code: "not_found" });
    const moved = nativeEvent(13, { tenant: "globex" });
    const own = await addLetter(14, "acme");
    await expect(replayDeadLetter(ctx("admin", ["acme"]), queue(), { id: own, payload: moved })).rejects.toMatchObject({
      code: "unprocessable",
    });
    await expect(replayDeadLetter(ctx("admin"), queue(), { id: "999999" })).rejects.toMatchObject({ code: "not_found" });
  });
});
