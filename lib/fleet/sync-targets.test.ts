import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db/transaction";
import type { Attempt, SyncRequest } from "@/lib/protocol/sync";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { decideSync, type SyncState } from "./decide-sync";
import { publishDesired } from "./publish-desired";
import { lockForSync } from "./sync-store";
import { syncTargets, type ArrivedWord } from "./sync-targets";

const KEY = { kty: "OKP" as const, crv: "Ed25519" as const, x: "k".repeat(43) };
const START = Date.parse("2026-11-20T12:00:00Z");
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

async function newTarget(): Promise<string> {
  const data = { name: `t-${randomUUID()}`, connector: "engine", environment: "production", publicKey: KEY, version: "1" };
  return (await db.prisma.target.create({ data: { ...data, enrolledAt: new Date(START), stateAt: new Date(START) } })).id;
}
/** What may be signed is workers/fleet-server/order-gate.test.ts. */
const deps = () => ({ pool: db.pool, unsigned: async () => new Map<string, string>(), tellPeople: async () => {} });
const publish = (targetId: string, content: number, now: Date) =>
  db.prisma.$transaction((tx) =>
    publishDesired(
      tx,
      { actor: SYSTEM_ACTOR, now },
      {
        targetId,
        payload: { schema: 1, connector: "engine", content: { engine: { content } } },
        warrant: { policies: [] },
        reason: "test",
      },
    ),
  );
const wordOf = (targetId: string, over: Partial<SyncRequest>, sentAtMs = START): ArrivedWord => ({
  kind: "word",
  targetId,
  signedBy: KEY,
  sentAtMs,
  request: {
    nodeId: targetId,
    bootId: randomUUID(),
    seq: 0,
    version: "1",
    capabilities: [],
    running: null,
    lastAttempt: null,
    health: { ok: true, crashes: 0, figures: {} },
    effectiveHash: null,
    leaseEpoch: null,
    ...over,
  },
});
const stateOf = async (id: string) => (await withTransaction(db.pool, (client) => lockForSync(client, [id]))).get(id)!;

describe("syncTargets", () => {
  /** What PostgreSQL keeps between two words must be all that the decision needs: held against a state that never left memory. */
  it("keeps exactly the state that decideSync carries, however the words are cut into batches", async () => {
    const step = fc.record({
      restart: fc.boolean(),
      repeat: fc.boolean(),
      upgrade: fc.boolean(),
      publish: fc.option(fc.nat(2)),
      runsNewest: fc.boolean(),
      drifts: fc.boolean(),
      status: fc.option(fc.constantFrom<Attempt["status"]>("applying", "warming", "applied", "refused", "failed")),
      together: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const id = await newTarget();
        let expected: SyncState = (await stateOf(id)).sync;
        let [bootId, seq, tries, version] = [randomUUID() as string, -1, 0, 1];
        let pending: ArrivedWord[] = [];
        let nowMs = START;
        const flush = async () => {
          const outcomes = pending.length > 0 ? await syncTargets(deps(), pending, new Date(nowMs)) : [];
          for (const [index, { request, sentAtMs }] of pending.entries()) {
            const decision = decideSync(expected, { ...request, sentAtMs }, nowMs);
            if (decision.kind !== "taken") throw new Error(decision.kind);
            expected = decision.state;
            expect(outcomes[index]).toMatchObject({ kind: "answer", answer: decision.answer, fullState: decision.fullState });
          }
          pending = [];
          expect((await stateOf(id)).sync).toEqual(expected);
        };
        for (const one of steps) {
          if (one.publish !== null) {
            await flush();
            nowMs += 1_000;
            await publish(id, one.publish, new Date(nowMs));
            // A publication changes the order, the drift, and which tries concern it; those are looked up by the database.
            const { sync } = await stateOf(id);
            expect({ ...sync, desired: null, verdict: null, driftPolls: 0 }).toEqual({
              ...expected,
              desired: null,
              verdict: null,
              driftPolls: 0,
            });
            expected = sync;
          }
          if (one.restart) [bootId, seq, version] = [randomUUID(), -1, version + (one.upgrade ? 1 : 0)];
          if (!one.repeat || seq < 0) seq += 1;
          const newest = expected.desired;
          const running = one.runsNewest && newest ? { generation: newest.generation, hash: newest.hash } : null;
          if (one.status && newest) tries += 1;
          const lastAttempt =
            one.status && newest
              ? { generation: newest.generation, hash: newest.hash, attempt: tries, status: one.status }
              : null;
          nowMs += 1_000;
          const effectiveHash = running && (one.drifts ? "d".repeat(64) : running.hash);
          pending.push(wordOf(id, { bootId, seq, version: `v${version}`, running, lastAttempt, effectiveHash }, nowMs));
          if (!one.together) await flush();
        }
        await flush();
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it("two programs in one batch: both are refused, and the quarantine is on record", async () => {
    const id = await newTarget();
    const [first, second] = [randomUUID(), randomUUID()];
    const outcomes = await syncTargets(
      deps(),
      [
        wordOf(id, { bootId: first, seq: 0 }, START),
        wordOf(id, { bootId: second, seq: 0 }, START + 1_000),
        wordOf(id, { bootId: first, seq: 1 }, START + 2_000),
        wordOf(id, { bootId: second, seq: 1 }, START + 3_000),
      ],
      new Date(START + 4_000),
    );
    expect(outcomes.map((one) => (one.kind === "refuse" ? one.code : one.kind))).toEqual([
      "answer",
      "answer",
      "quarantined",
      "quarantined",
    ]);
    expect(await db.prisma.target.findUniqueOrThrow({ where: { id } })).toMatchObject({
      state: "quarantined",
      stateReason: expect.stringMatching(/Two programs/),
    });
    expect(await db.prisma.auditEvent.count({ where: { subject: `target:${id}`, action: "target.quarantine" } })).toBe(1);
  });

  it("one word of many targets, unknown and revoked ones among them: each has its own answer", async () => {
    const [known, revoked] = [await newTarget(), await newTarget()];
    await db.prisma.target.update({ where: { id: revoked }, data: { state: "revoked" } });
    await publish(known, 1, new Date(START));
    const words = [randomUUID() as string, known, revoked].map((id) => wordOf(id, {}));
    const wrongKey = { ...wordOf(known, {}), signedBy: { ...KEY, x: "z".repeat(43) } };
    const outcomes = await syncTargets(deps(), [...words, wrongKey], new Date(START));
    expect(outcomes.map((one) => (one.kind === "refuse" ? one.code : one.answer.kind))).toEqual([
      "unknown_target",
      "offer",
      "revoked",
      "bad_signature",
    ]);
  });

  it("two fleet servers at once lose nothing: the numbers and acks of both are there", async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, newTarget));
    const boots = new Map(ids.map((id) => [id, randomUUID() as string]));
    const say = (id: string, seq: number) =>
      wordOf(id, {
        bootId: boots.get(id)!,
        seq,
        lastAttempt: { generation: 1, hash: "a".repeat(64), attempt: seq + 1, status: "applied" },
      });
    for (let seq = 0; seq < 6; seq += 1) {
      // Each half in another order, as two servers would lock them.
      await Promise.all([
        syncTargets(
          deps(),
          ids.slice(0, 5).map((id) => say(id, seq)),
          new Date(START + seq),
        ),
        syncTargets(
          deps(),
          ids
            .slice(3)
            .toReversed()
            .map((id) => say(id, seq)),
          new Date(START + seq),
        ),
      ]);
    }
    const rows = await db.prisma.target.findMany({ where: { id: { in: ids } }, include: { acks: true } });
    expect(rows.map((row) => [row.seq, row.acks.length])).toEqual(ids.map(() => [5n, 6]));
  });
});
