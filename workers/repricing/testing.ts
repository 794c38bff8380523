/** What the tests of repricing start from: a database with prices and stored events, and an admin or two. */
import type { Actor, Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { seedBasePriceBook } from "@/lib/pricing";
import { readNativeEvent, type NativeEvent } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { ingestEvents } from "../ingest";

const log = createLogger("test");

const admin = (id: string): Actor => ({ kind: "user", id, name: id, role: "admin", tenants: "all" });

export const ctxOf = (db: TestDatabase, id = "ada", now = new Date()): Ctx => ({ actor: admin(id), db, now, log });

export async function pricedDatabase(): Promise<TestDatabase> {
  const database = await testDatabase({ max: 10 });
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await seedBasePriceBook(database, new Date(Date.now() - 86_400_000));
  return database;
}

export async function store(db: TestDatabase, base: number, overrides: readonly Partial<NativeEvent>[]): Promise<void> {
  const door = { now: base, rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null };
  const events = overrides.map((override, seed) => {
    const read = readNativeEvent(nativeEvent(seed, override, base), door);
    if ("refusal" in read) throw new Error(read.refusal.message);
    return read.event;
  });
  await ingestEvents({ db, log }, events);
}
