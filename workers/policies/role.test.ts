import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { CAPABILITIES } from "@/lib/protocol/connectors";
import { putInForce } from "@/lib/policies/store/testing";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import type { RunningRole } from "../role";
import { startPoliciesRole } from "./role";

let db: TestDatabase;
let ctx: Ctx;
let role: RunningRole | undefined;
beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date("2026-11-20T12:00:00Z"), log: createLogger("test") };
  const document = { exact: { enabled: true } };
  await putInForce(ctx, {
    kind: "caching",
    scope: { level: "global", value: null },
    document,
    baseVersion: 0,
    message: "Cache on",
  });
});
afterEach(async () => {
  await role?.close();
  role = undefined;
});
afterAll(() => db.close());

let named = 0;
async function enrol(over: object = {}): Promise<string> {
  const name = `gw-${++named}`;
  const data = { name, connector: "headroom-gateway", environment: "production", publicKey: {}, version: "1" };
  const capabilities = [...CAPABILITIES];
  const row = await db.prisma.target.create({ data: { ...data, capabilities, enrolledAt: ctx.now, stateAt: ctx.now, ...over } });
  return row.id;
}
const generationsOf = (targetId: string) => db.prisma.targetDesired.count({ where: { targetId } });
const start = () => (role = startPoliciesRole({ db, log: ctx.log }));

describe("the policies role", () => {
  it("orders what is in force for targets that enrolled while it was away, and for those that enrol while it runs", async () => {
    const before = await enrol();
    start();
    await expect.poll(() => generationsOf(before), { timeout: 10_000 }).toBe(1);
    const later = await enrol();
    await expect.poll(() => generationsOf(later), { timeout: 10_000 }).toBe(1);
    expect(await generationsOf(before)).toBe(1);
  });

  it("orders it for a target that could not do it, as soon as it says that it can", async () => {
    start();
    const id = await enrol({ capabilities: ["routing"] });
    const other = await enrol();
    // The other one is ordered in the same or a later round: by then the first was looked at, and refused.
    await expect.poll(() => generationsOf(other), { timeout: 10_000 }).toBe(1);
    expect(await generationsOf(id)).toBe(0);
    await db.prisma.target.update({ where: { id }, data: { capabilities: [...CAPABILITIES] } });
    await expect.poll(() => generationsOf(id), { timeout: 10_000 }).toBe(1);
  });

  it("leaves a target alone that holds a trial, whatever it learns meanwhile", async () => {
    const id = await enrol({ desiredGeneration: 7, desiredHash: "a".repeat(64), desiredLeaseTtlSec: 900 });
    start();
    const witness = await enrol();
    await expect.poll(() => generationsOf(witness), { timeout: 10_000 }).toBe(1);
    await db.prisma.target.update({ where: { id }, data: { capabilities: ["routing", "cacheExact"] } });
    const next = await enrol();
    await expect.poll(() => generationsOf(next), { timeout: 10_000 }).toBe(1);
    expect(await generationsOf(id)).toBe(0);
  });
});
