import { afterAll, beforeAll, expect, it } from "vitest";
import type { Actor } from "@/lib/auth/actor";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { capOf, ctxOf, newGateways, newPerson, NOW } from "../testing/workspace";
import { startOf } from "../rollout/state";
import { createChange, listRolloutMarks } from "./index";

let db: TestDatabase;
let analyst: Actor;
const period = { from: new Date(NOW.getTime() - 3_600_000), to: new Date(NOW.getTime() + 3_600_000) };

beforeAll(async () => {
  db = await testDatabase();
  analyst = await newPerson(db, "analyst");
});
afterAll(() => db.close());

/** A rollout of a change that touches these tenants, with a second step ten minutes in. */
async function rolledOut(title: string, tenants: string[]): Promise<string> {
  const { environment } = await newGateways(db);
  const { id } = await createChange(ctxOf(db, analyst), capOf(environment, 400, 0, { title }));
  await db.prisma.change.update({ where: { id }, data: { tenants } });
  const rollout = await db.prisma.rollout.create({
    data: {
      changeId: id,
      phase: "deploying",
      state: startOf(NOW.getTime()) as object,
      plan: { strategy: "traffic", sharesPercent: [5, 100] },
      startedAt: NOW,
    },
  });
  for (const [seq, minute] of [0, 10, 11].entries()) {
    const decision = { phase: "deploying", step: seq === 0 ? 0 : 1 };
    const at = new Date(NOW.getTime() + minute * 60_000);
    await db.prisma.rolloutTick.create({ data: { rolloutId: rollout.id, seq, at, facts: {}, decision } });
  }
  return id;
}

it("tells everybody of what concerns them, and nobody of other tenants' rollouts", async () => {
  await rolledOut("Cap of acme", ["acme"]);
  await rolledOut("Cap of globex", ["globex"]);
  await rolledOut("Cap of all", ["*"]);
  const marksOf = async (actor: Actor) => (await listRolloutMarks(ctxOf(db, actor), period)).map(({ label }) => label);
  const limited = await newPerson(db, "viewer", { tenants: ["acme"] });
  const told = await marksOf(limited);
  expect(told.map((label) => label.replace(/^#\d+ /, ""))).toEqual([
    "Cap of acme: rollout started",
    "Cap of acme: step 2 of 2, 100 % of requests",
  ]);
  expect(await marksOf(await newPerson(db, "viewer"))).toHaveLength(6);
});

it("marks a step once, when it began", async () => {
  const id = await rolledOut("Once", ["*"]);
  const marks = (await listRolloutMarks(ctxOf(db, analyst), period)).filter(({ href }) => href === `/changes/${id}`);
  expect(marks.map(({ at }) => Date.parse(at) - NOW.getTime())).toEqual([0, 600_000]);
});
