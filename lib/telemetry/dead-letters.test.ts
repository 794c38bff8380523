import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor, Ctx, Role, TenantScope } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { openQueues, type Queues } from "@/lib/queue";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import {
  addDeadLetters,
  decodeEvents,
  INGEST_QUEUE,
  jobText,
  listDeadLetters,
  readNativeEvent,
  replayDeadLetter,
  type IngestJob,
} from "./index";

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
    // A filter narrows what one may see; it never widens it.
    expect((await listDeadLetters(ctx("analyst", ["acme"]), { tenant: ["globex"] })).items).toEqual([]);
    const byTenant = await listDeadLetters(ctx("analyst"), { tenant: ["globex"] });
    expect(byTenant.items.map(({ eventId }) => eventId)).toEqual(["evt-4", "evt-3"]);
    const { receivedAt } = first.items[1]!;
    const later = new Date(Date.parse(receivedAt) + 60_000).toISOString();
    expect(
      (await listDeadLetters(ctx("analyst"), { from: receivedAt, to: later, source: "usage" })).items.length,
    ).toBeGreaterThan(1);
    expect((await listDeadLetters(ctx("analyst"), { from: later })).items).toEqual([]);
    expect((await listDeadLetters(ctx("analyst"), { to: "2026-01-01T00:00:00Z" })).items).toEqual([]);
    expect((await listDeadLetters(ctx("analyst"), { source: "otlp" })).items).toEqual([]);
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

  it("whose id is stored with other content stay open; with the same content nothing is sent", async () => {
    const payload = nativeEvent(20, { tenant: "acme" });
    const read = readNativeEvent(payload, { now: Date.now(), rawRetentionDays: 30, tenants: "all", apiKeyId: null });
    if ("refusal" in read) throw new Error(read.refusal.message);
    await database.pool.query("insert into telemetry.event_identity (id, occurred_at, content_hash) values ($1, now(), $2)", [
      read.event.id,
      read.event.contentHash.toString(),
    ]);
    const already = sent.length;
    const conflicting = await addLetter(20, "acme", { ...payload, endpoint: "other" });
    await expect(replayDeadLetter(ctx("admin"), queue(), { id: conflicting })).rejects.toMatchObject({
      code: "conflict",
      details: { field: "id" },
    });
    expect((await listDeadLetters(ctx("admin"), { state: "open" })).items.map(({ id }) => id)).toContain(conflicting);
    // The correction makes it what is stored.
    expect(await replayDeadLetter(ctx("admin"), queue(), { id: conflicting, payload })).toMatchObject({
      status: "duplicate",
      eventId: payload.id,
    });
    const [letter] = (await listDeadLetters(ctx("admin"), { state: "replayed" })).items;
    expect(letter).toMatchObject({ id: conflicting, replayResult: `event ${payload.id} was stored already` });
    expect((await queue().counts()).waiting).toBe(0);
    expect(sent.length).toBe(already);
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

describe("a replayed letter whose event fails again", () => {
  it("is open again; an old batch that is delivered late opens nothing", async () => {
    const id = await addLetter(9_001, "acme");
    const { replayedAt } = await replayDeadLetter(ctx("admin"), queue(), { id });
    const state = async () => {
      const { rows } = await database.pool.query<{ open: boolean }>(
        "select replayed_at is null as open from telemetry.dead_letter where id = $1",
        [id],
      );
      return rows[0]!.open ? "open" : "replayed";
    };
    const again = (receivedAt: number) =>
      addDeadLetters(database.pool, [
        {
          receivedAt,
          source: "usage",
          code: "poison",
          field: null,
          reason: "still not storable",
          eventId: "evt-9001",
          tenant: "acme",
          payload: {},
          fingerprint: 9_001n,
        },
      ]);
    await again(Date.parse(replayedAt) - 1);
    expect(await state()).toBe("replayed");
    await again(Date.parse(replayedAt));
    expect(await state()).toBe("open");
  });
});
