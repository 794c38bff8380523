import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Actor, Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { publishToTarget, readOutcome } from "./index";
import { putInForce } from "./testing";

const NOW = new Date("2026-11-20T12:00:00Z");
const LENA: Actor = { kind: "user", id: "u-lead", name: "Lena Lead", role: "lead", tenants: "all" };
let db: TestDatabase;
const as = (actor: Actor): Ctx => ({ actor, db, now: NOW, log: createLogger("test") });
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

async function newTarget(name: string, capabilities: string[]): Promise<string> {
  const data = { name, connector: "headroom-gateway", environment: "production", publicKey: {}, version: "1", stateAt: NOW };
  return (await db.prisma.target.create({ data: { ...data, capabilities, enrolledAt: NOW } })).id;
}

it("says what the policies in force mean for one target, and why it cannot have them", async () => {
  const [able, unable] = [await newTarget("able", ["routing", "tokens"]), await newTarget("unable", ["routing"])];
  expect(await readOutcome(as(LENA), able)).toMatchObject({ outcome: "nothing", hash: null, reasons: [] });

  const scope = { level: "global", value: null } as const;
  const document = { maxOutputTokens: 512 };
  await putInForce(as(LENA), { kind: "tokens", scope, document, baseVersion: 0, message: "a cap" });
  expect(await readOutcome(as(LENA), able)).toMatchObject({ outcome: "unchanged", reasons: [] });
  const refused = await readOutcome(as(LENA), unable);
  expect(refused).toMatchObject({ outcome: "refused", hash: null, reasons: [expect.stringMatching(/tokens/i)] });

  const late = await newTarget("late", ["routing", "tokens"]);
  expect(await readOutcome(as(LENA), late)).toMatchObject({ outcome: "changed" });
  await db.prisma.$transaction((tx) => publishToTarget(tx, as(LENA), late));
  expect(await readOutcome(as(LENA), late)).toMatchObject({ outcome: "unchanged" });

  // Reading it orders nothing, and the reasons are not for everybody.
  expect(await db.prisma.targetDesired.count({ where: { targetId: unable } })).toBe(0);
  const seen = await readOutcome(as({ ...LENA, role: "viewer", tenants: ["acme"] }), unable);
  expect(seen.reasons).toEqual([expect.stringMatching(/somebody who sees all tenants/)]);

  await db.prisma.target.update({ where: { id: unable }, data: { state: "revoked" } });
  await expect(readOutcome(as(LENA), unable)).rejects.toThrow(/revoked/);
  await expect(readOutcome(as(LENA), randomUUID())).rejects.toThrow(/no such target/);
});
