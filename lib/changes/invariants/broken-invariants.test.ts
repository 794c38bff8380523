/** That it finds what is planted; that it finds nothing in what the product does is asked by every test that kills or races. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { canonicalHash } from "@/lib/protocol/canonical";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { actOnChange, createChange } from "../store";
import { publishApproved } from "../testing/approved-order";
import { capOf, ctxOf, newGateways, newPerson, NOW } from "../testing/workspace";
import { brokenInvariants } from "./broken-invariants";

let db: TestDatabase;
let analyst: Actor, lead: Actor;
let rolloutId: string, changeId: string, targetId: string, domain: string;
const ctx = () => ctxOf(db, SYSTEM_ACTOR, NOW);
const payload = { schema: 1 as const, connector: "headroom-gateway" as const, content: { layers: [] } };

beforeAll(async () => {
  db = await testDatabase();
  [analyst, lead] = [await newPerson(db, "analyst"), await newPerson(db, "lead")];
  const { environment, ids } = await newGateways(db, 2);
  targetId = ids[0]!;
  domain = `gateways:${environment}`;
  await db.prisma.$transaction((tx) => publishApproved(tx, ctx(), { targetId, payload, reason: "before" }));
  ({ id: changeId } = await createChange(ctxOf(db, analyst), capOf(environment, 500)));
  const { contentHash } = await db.prisma.change.findUniqueOrThrow({ where: { id: changeId } });
  await actOnChange(ctxOf(db, analyst), changeId, { kind: "submit", contentHash });
  await actOnChange(ctxOf(db, lead), changeId, { kind: "approve", contentHash });
  await actOnChange(ctxOf(db, lead), changeId, { kind: "start", contentHash });
  rolloutId = (await db.prisma.rollout.findUniqueOrThrow({ where: { changeId } })).id;
});
afterAll(() => db.close());

/** Planted, found, taken away again. */
async function planted(plant: string, values: unknown[], undo: string, undoValues: unknown[]): Promise<string[]> {
  await db.pool.query(plant, values);
  const broken = await brokenInvariants(ctx());
  await db.pool.query(undo, undoValues);
  expect(await brokenInvariants(ctx())).toEqual([]);
  return broken;
}

const order = (over: { hash?: string; auditSeq?: number; at?: Date; generation?: number }) => {
  const { hash = canonicalHash(payload), auditSeq = 1, at = NOW, generation = 2 } = over;
  return [targetId, generation, hash, at, rolloutId, auditSeq];
};
const ORDER = `insert into target_desired (target_id, generation, hash, reason, created_by_kind, created_by_id, created_by_name, created_at, rollout_id, audit_seq)
  values ($1, $2, $3, 'planted', 'user', 'eve', 'Eve', $4, $5, $6)`;
const UNDO_ORDER = "delete from target_desired where target_id = $1 and generation = 2";

describe("the invariants of a real database", () => {
  it("hold for what the product did", async () => expect(await brokenInvariants(ctx())).toEqual([]));

  it("a lock that was lost, and one that was kept", async () => {
    expect(
      await planted("delete from blast_lock where rollout_id = $1", [rolloutId], "insert into blast_lock values ($1, $2, $3)", [
        domain,
        rolloutId,
        NOW,
      ]),
    ).toEqual([`Rollout ${rolloutId} is live without its lock of ${domain}.`]);
  });

  it("two changes in one domain", async () => {
    const broken = await planted(
      `insert into change (id, title, rationale, status, since, created_at, content, content_hash, author_id, author_name, contributors,
         quorum, restart_class, restore_sec, blast_domains, tenants)
       select '00000000-0000-4000-8000-000000000001', title, rationale, status, since, created_at, content, content_hash, author_id,
         author_name, contributors, quorum, restart_class, restore_sec, blast_domains, tenants from change where id = $1`,
      [changeId],
      "delete from change where id = '00000000-0000-4000-8000-000000000001'",
      [],
    );
    expect(broken).toContain(`In ${domain} 2 changes execute at once.`);
  });

  it("an approval that was taken away after it began", async () => {
    const broken = await planted(
      "update change_approval set content_hash = 'other' where change_id = $1",
      [changeId],
      "update change_approval a set content_hash = c.content_hash from change c where c.id = a.change_id and c.id = $1",
      [changeId],
    );
    expect(broken.join()).toMatch(/began with 0 of 1 approvals/);
  });

  it("an order that nobody allowed, whose number the target does not have, and one that is older than the one before it", async () => {
    const stored = await db.prisma.auditEvent.findFirstOrThrow({ orderBy: { seq: "asc" } });
    const broken = await planted(ORDER, order({ auditSeq: Number(stored.seq) - 1 }), UNDO_ORDER, [targetId]);
    expect(broken).toEqual([
      `Target ${targetId} was ordered generation 2 before an older one.`,
      `Target ${targetId} is wanted on generation 1, and 2 was ordered.`,
    ]);
    await db.pool.query(ORDER, order({ auditSeq: 999 }));
    const wanted = await planted(
      "update target set desired_generation = 2 where id = $1",
      [targetId],
      "with gone as (delete from target_desired where target_id = $1 and generation = 2) update target set desired_generation = 1 where id = $1",
      [targetId],
    );
    expect(wanted).toEqual([`Target ${targetId} is ordered what nobody allowed: The audit chain does not know it.`]);
  });

  it("an order of the change after it went back", async () => {
    const { finalHash } = await db.prisma.rolloutTarget.findFirstOrThrow({ where: { rolloutId, targetId } });
    await db.pool.query(
      `insert into rollout_tick (rollout_id, seq, at, facts, decision) values ($1, 1, $2, '{}', '{"phase": "rolling_back"}')`,
      [rolloutId, NOW],
    );
    const broken = await planted(ORDER, order({ hash: finalHash!, auditSeq: 999 }), UNDO_ORDER, [targetId]);
    expect(broken).toContain(`Target ${targetId} was ordered generation 2 of rollout ${rolloutId} after that went back.`);
    await db.pool.query("delete from rollout_tick where rollout_id = $1", [rolloutId]);
  });

  it("a rollout that nobody looks at, that takes too long, that says nothing, and that ended while its change goes on", async () => {
    const state = (phase: string, since: number, reason = "Because.") =>
      JSON.stringify({ phase, since, reason, pauses: [], step: 0, commandsSeen: 0, approvedSteps: [] });
    const set = `update rollout set state = $2::json, phase = $3, next_tick_at = $4 where id = $1`;
    const before = await db.prisma.rollout.findUniqueOrThrow({ where: { id: rolloutId } });
    const undo = [rolloutId, JSON.stringify(before.state), before.phase, before.nextTickAt];
    const hourAgo = NOW.getTime() - 3_600_000;
    const with_ = (text: string, phase: string, next: Date | null) => planted(set, [rolloutId, text, phase, next], set, undo);
    expect(await with_(state("soaking", NOW.getTime()), "soaking", new Date(hourAgo))).toEqual([
      `Nobody looks at rollout ${rolloutId}.`,
    ]);
    expect(await with_(state("rolling_back", hourAgo), "rolling_back", NOW)).toEqual([
      `Rollout ${rolloutId} is rolling_back for too long.`,
    ]);
    expect(await with_(state("soaking", NOW.getTime(), ""), "soaking", NOW)).toEqual([
      `Rollout ${rolloutId} does not say why it is where it is.`,
    ]);
    const ended = await with_(state("rolled_back", NOW.getTime()), "rolled_back", null);
    expect(ended).toEqual([
      `Rollout ${rolloutId} has ended and still holds ${domain}.`,
      expect.stringMatching(/is executing and its rollout is rolled_back/),
    ]);
  });

  it("a promotion without a verdict, and with one that had not passed", async () => {
    await db.pool.query("delete from blast_lock where rollout_id = $1", [rolloutId]);
    await db.pool.query("update change set status = 'promoted' where id = $1", [changeId]);
    await db.pool.query("update rollout set phase = 'promoted', ended_at = now() where id = $1", [rolloutId]);
    const tick = (verdicts: object[]) =>
      planted(
        `insert into rollout_tick (rollout_id, seq, at, facts, decision) values ($1, 1, now(), $2, '{"phase": "deploying", "step": 4}')`,
        [rolloutId, JSON.stringify({ verdicts })],
        "delete from rollout_tick where rollout_id = $1",
        [rolloutId],
      );
    expect((await tick([])).join()).toMatch(/no verdict is recorded on error, cost_per_successful_request/);
    const said = (verdict: string) => [
      { guardrail: "error", verdict: "pass" },
      { guardrail: "cost_per_successful_request", verdict },
    ];
    expect((await tick(said("inconclusive"))).join()).toMatch(/cost_per_successful_request had not passed/);
    expect(await tick(said("pass"))).toEqual([]);
  });
});
